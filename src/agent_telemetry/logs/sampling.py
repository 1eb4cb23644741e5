"""Leaving out log records by a rule: equal lines of a flood, or lines of successful requests.

Nothing is ever left out at WARN and above, where a record carries cost, or where it ends a request.
"""

import logging
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.correlation import current_or_none
from agent_telemetry.workers.fork_safety import forkable_lock

#: What ``AGENT_TELEMETRY_LOG_SAMPLING`` accepts.
ACCEPTED = "off, first-100-then-1-in-100 or 10-percent-of-successful (any numbers)"

_FLOOD = re.compile(r"first-([1-9][0-9]{0,6})-then-1-in-([1-9][0-9]{0,6})")
_SHARE = re.compile(r"([0-9]{1,2})-percent-of-successful")
_END = "request_end"
_MOST_MESSAGES = 10_000
_MOST_LINES = 200
_MOST_HELD = 10_000
_LONGEST_SECONDS = 300.0

Records = Sequence[logging.LogRecord]


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """What is kept.

    Attributes:
        first: equal records kept each second.
        one_in: of the rest of that second, every so many is kept; 0 switches this rule off.
        percent: share of successful requests whose lines are kept, 0 to 100.
    """

    first: int = 0
    one_in: int = 0
    percent: int = 100

    @classmethod
    def parse(cls, text: str) -> "SamplingRule | None":
        """Return the rule of a setting, None when it is none; nothing or ``off`` keeps all."""
        flood, share = _FLOOD.fullmatch(text), _SHARE.fullmatch(text)
        if flood:
            return cls(first=int(flood[1]), one_in=int(flood[2]))
        if share:
            return cls(percent=int(share[1]))
        return cls() if text in {"", "off"} else None


class KeepAll:
    """Keeps every record; the other samplers have its methods."""

    def take(self, record: logging.LogRecord) -> Records:
        """Return what is to be written now, in order."""
        return (record,)

    def close(self) -> Records:
        """Return what was held and is to be written at the end."""
        return ()

    def forget(self) -> None:
        """Forget what was held, in a forked child: its parent writes it."""


class FloodSampler(KeepAll):
    """Keeps the first equal records of a second, then one in so many.

    Equal are those of one level and message; a message with arguments is taken before they are
    filled in.

    Args:
        rule: how many.
        on_left_out: called with the number of records left out.
        clock: tells the seconds.
    """

    def __init__(
        self, rule: SamplingRule, on_left_out: Callable[[int], None], clock: Clock | None = None
    ) -> None:
        self._rule = rule
        self._on_left_out = on_left_out
        self._clock = clock if clock is not None else SystemClock()
        self._second = -1
        self._counts: dict[tuple[int, str], int] = {}
        self._lock = forkable_lock()

    def take(self, record: logging.LogRecord) -> Records:
        """Return the record, or nothing."""
        if always_kept(record):
            return (record,)
        second = int(self._clock.monotonic())
        key = (record.levelno, str(record.msg))
        with self._lock:
            if second != self._second:
                self._second = second
                self._counts.clear()
            if key not in self._counts and len(self._counts) >= _MOST_MESSAGES:
                key = (record.levelno, "")  # a flood of different messages is one flood
            count = self._counts.get(key, 0) + 1
            self._counts[key] = count
        beyond = count - self._rule.first
        if beyond <= 0 or beyond % self._rule.one_in == 0:
            return (record,)
        self._on_left_out(1)
        return ()


@dataclass(slots=True)
class _Request:
    """A request under way: its lines so far, None once they are to be written."""

    begun: float
    lines: list[logging.LogRecord] | None


class SuccessSampler(KeepAll):
    """Keeps the lines of a share of the successful requests, and of every other request.

    Whether a request succeeds is known at its end. Until then its lines are held, already
    formatted; a warning lets them go at once. Memory is bounded: past the bounds lines are written.

    Args:
        rule: the share.
        format_now: formats a record while its request's context is there.
        on_left_out: called with the number of records left out.
        clock: tells how long a request takes.
    """

    def __init__(
        self,
        rule: SamplingRule,
        format_now: Callable[[logging.LogRecord], object],
        on_left_out: Callable[[int], None],
        clock: Clock | None = None,
    ) -> None:
        self._rule = rule
        self._format = format_now
        self._on_left_out = on_left_out
        self._clock = clock if clock is not None else SystemClock()
        self._requests: OrderedDict[str, _Request] = OrderedDict()
        self._held = 0
        self._lock = forkable_lock()

    def take(self, record: logging.LogRecord) -> Records:
        """Return what is to be written now."""
        context = current_or_none()
        if context is None or not context.request_id or self._chosen(context.request_id):
            return (record,)
        with self._lock:
            late = self._overdue()
            return (*late, *self._of_request(context.request_id, record))

    def close(self) -> Records:
        """Return everything held: those requests never came to their end."""
        with self._lock:
            return [line for key in list(self._requests) for line in self._release(key)]

    def forget(self) -> None:
        """Forget what was held, in a forked child: its parent writes it."""
        self._requests.clear()
        self._held = 0

    def _of_request(self, key: str, record: logging.LogRecord) -> Records:
        if getattr(record, "event", None) == _END:
            return self._ended(key, record)
        if record.levelno >= logging.WARNING:
            lines = self._release(key)
            self._requests[key] = _Request(self._clock.monotonic(), None)
            return (*lines, record)
        if always_kept(record):
            return (record,)
        found = self._requests.setdefault(key, _Request(self._clock.monotonic(), []))
        if found.lines is None:
            return (record,)
        self._format(record)
        found.lines.append(record)
        self._held += 1
        if len(found.lines) < _MOST_LINES:
            return ()
        lines, found.lines = found.lines, None
        self._held -= len(lines)
        return lines

    def _ended(self, key: str, record: logging.LogRecord) -> Records:
        lines = self._release(key)
        if record.levelno >= logging.WARNING or getattr(record, "status", "") != "success":
            return (*lines, record)
        if lines:
            self._on_left_out(len(lines))
        return (record,)

    def _release(self, key: str) -> list[logging.LogRecord]:
        found = self._requests.pop(key, None)
        lines = (found.lines or []) if found is not None else []
        self._held -= len(lines)
        return lines

    def _overdue(self) -> list[logging.LogRecord]:
        """Let go of the oldest requests that take too long or are too many."""
        lines: list[logging.LogRecord] = []
        while self._requests:
            key, oldest = next(iter(self._requests.items()))
            young = self._clock.monotonic() - oldest.begun < _LONGEST_SECONDS
            if young and self._held < _MOST_HELD and len(self._requests) < _MOST_HELD:
                break
            lines += self._release(key)
        return lines

    def _chosen(self, request_id: str) -> bool:
        """Return whether a request is kept whole; the same answer for all of its lines."""
        return zlib.crc32(request_id.encode("utf-8", "replace")) % 100 < self._rule.percent


def always_kept(record: logging.LogRecord) -> bool:
    """Return whether no rule may leave a record out."""
    given = record.__dict__
    return (
        record.levelno >= logging.WARNING
        or given.get("cost_usd") is not None
        or given.get("run_cost_usd") is not None
        or given.get("event") == _END
    )


def sampler(
    rule: SamplingRule,
    format_now: Callable[[logging.LogRecord], object],
    on_left_out: Callable[[int], None],
    clock: Clock | None = None,
) -> KeepAll:
    """Return the sampler of a rule."""
    if rule.one_in:
        return FloodSampler(rule, on_left_out, clock)
    if rule.percent < 100:  # noqa: PLR2004 -- percent
        return SuccessSampler(rule, format_now, on_left_out, clock)
    return KeepAll()
