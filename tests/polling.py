"""Waiting for something to become true: asked again and again until a deadline, never slept out."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

Found = TypeVar("Found")

_PAUSE_SECONDS = 0.5
_WATCH_SECONDS = 5.0


class TooLateError(AssertionError):
    """What was waited for did not happen in time; the text says what was seen last."""


def wait_for(
    question: Callable[[], Found],
    *,
    within: float,
    what: str,
    pause: float = _PAUSE_SECONDS,
    watch: Callable[[], None] | None = None,
) -> Found:
    """Ask until the answer is true; return it.

    Args:
        question: what is asked. A failed assertion or a failed HTTP request means: not yet.
        within: the deadline in seconds.
        what: what is waited for, for the failure's text.
        pause: seconds between two questions.
        watch: called every few seconds; raises when waiting has become pointless.

    Raises:
        TooLateError: with the last answer, after the deadline.
    """
    deadline = time.monotonic() + within
    watch_again = time.monotonic() + _WATCH_SECONDS
    while True:
        try:
            answer = question()
            if answer:
                return answer
            last = repr(answer)
        except (AssertionError, httpx.HTTPError) as not_yet:
            last = str(not_yet) or type(not_yet).__name__
        if time.monotonic() > deadline:
            raise TooLateError(f"{what}: not within {within:.0f} s; last seen: {last[:2000]}")
        if watch is not None and time.monotonic() > watch_again:
            watch()
            watch_again = time.monotonic() + _WATCH_SECONDS
        time.sleep(pause)
