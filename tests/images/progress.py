"""Progress lines: what happens now and how many seconds have gone by since the start."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

_START = time.monotonic()


def elapsed() -> float:
    """Seconds since this program started."""
    return time.monotonic() - _START


def say(text: str) -> None:
    """Print one line with the elapsed seconds; on standard error, which is never piped onwards."""
    print(f"[{elapsed():6.1f} s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` before, and how long the step took after it."""
    say(f"{title} ...")
    began = time.monotonic()
    yield
    say(f"{title}: done in {time.monotonic() - began:.1f} s")
