"""What this process did lately: requests, errors and model calls by the minute, for two hours.

The answers of ``/stats`` and ``/diagnostics`` come from here, in the time it takes to add up a few
hundred numbers: they are safe to ask every second and read no file. With several workers each
answers for itself; the numbers of all are in ``/metrics`` and in the log files.
"""

import bisect
from collections import Counter, OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass, field

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.workers.fork_safety import forkable_lock

_SLOT_SECONDS = 60
_SLOTS = 120
LONGEST_SECONDS = _SLOT_SECONDS * _SLOTS
#: Upper bounds in seconds, 10 % apart from 1 ms to 15 minutes: a percentile is right to 5 %.
_BOUNDS = tuple(0.001 * 1.1**step for step in range(145))
#: Errors that are kept with their time and trace.
_LAST_ERRORS = 10
_COUNTED = "_agent_telemetry_counted"
#: Most names of one kind in one minute; past them ``other``.
_MOST_NAMES = 200


@dataclass
class Timed:
    """Calls of one kind: how many, how many failed, how long they took.

    Attributes:
        count: calls.
        failed: those of them that failed.
        seconds: sum of their times.
        tokens: sum of their tokens, for model calls.
        histogram: calls by index of their time's upper bound.
    """

    count: int = 0
    failed: int = 0
    seconds: float = 0.0
    tokens: int = 0
    histogram: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float, *, failed: bool, tokens: int = 0) -> None:
        """Add one call."""
        self.count += 1
        self.failed += failed
        self.seconds += seconds
        self.tokens += tokens
        self.histogram[bisect.bisect_left(_BOUNDS, seconds)] += 1

    def merge(self, other: "Timed") -> None:
        """Add all calls of another."""
        self.count += other.count
        self.failed += other.failed
        self.seconds += other.seconds
        self.tokens += other.tokens
        self.histogram.update(other.histogram)

    def average(self) -> float:
        """Return the average time in seconds, 0 without calls."""
        return self.seconds / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Return the time in seconds that a share of the calls stayed within, 0 without calls."""
        wanted = share * self.count
        seen = 0
        for index in sorted(self.histogram):
            seen += self.histogram[index]
            if seen >= wanted:
                return _BOUNDS[min(index, len(_BOUNDS) - 1)]
        return 0.0


@dataclass
class _Minute:
    requests: dict[str, Timed] = field(default_factory=dict)
    models: dict[str, Timed] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class RecentError:
    """One error: when (seconds since 1970), its class or code, and the ids that lead to it."""

    time: float
    error_type: str
    request_id: str
    trace_id: str


class Recent:
    """Counts by the minute, in bounded memory.

    Args:
        clock: where the time comes from.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock if clock is not None else SystemClock()
        self._minutes: OrderedDict[int, _Minute] = OrderedDict()
        self._last_errors: deque[RecentError] = deque(maxlen=_LAST_ERRORS)
        self._lock = forkable_lock()

    def request(self, endpoint: str, seconds: float, *, failed: bool) -> None:
        """Count one request.

        Args:
            endpoint: its route template.
            seconds: its time to the last byte.
            failed: whether it ended as an error (5xx).
        """
        with self._lock:
            _of(self._now().requests, endpoint).add(seconds, failed=failed)

    def model_call(self, model: str, seconds: float, *, failed: bool, tokens: int) -> None:
        """Count one model call with its tokens, input and output together."""
        with self._lock:
            _of(self._now().models, model).add(seconds, failed=failed, tokens=tokens)

    def error(
        self,
        error_type: str,
        *,
        request_id: str = "",
        trace_id: str = "",
        error: BaseException | None = None,
    ) -> None:
        """Count one error by its class or code; the last ten are kept with their ids.

        Args:
            error_type: class or provider's code.
            request_id: of the request that it broke.
            trace_id: of its trace.
            error: the exception; on its way up it is counted where it is seen first.
        """
        if error is not None:
            if getattr(error, _COUNTED, False):
                return
            with suppress(Exception):
                setattr(error, _COUNTED, True)
        with self._lock:
            self._last_errors.append(
                RecentError(self._clock.time(), error_type, request_id, trace_id)
            )
            errors = self._now().errors
            known = error_type in errors or len(errors) < _MOST_NAMES
            errors[error_type if known else "other"] += 1

    def requests(self, seconds: float) -> dict[str, Timed]:
        """Return the requests of the last seconds by endpoint."""
        return self._merged("requests", seconds)

    def models(self, seconds: float) -> dict[str, Timed]:
        """Return the model calls of the last seconds by model."""
        return self._merged("models", seconds)

    def errors(self, seconds: float) -> dict[str, int]:
        """Return the errors of the last seconds by type, the most frequent first."""
        total: Counter[str] = Counter()
        with self._lock:
            for minute in self._since(seconds):
                total.update(minute.errors)
        return dict(total.most_common())

    def last_errors(self, seconds: float) -> list["RecentError"]:
        """Return the last errors, at most ten, the newest first."""
        horizon = self._clock.time() - seconds
        with self._lock:
            return [each for each in reversed(self._last_errors) if each.time > horizon]

    def _merged(self, kind: str, seconds: float) -> dict[str, Timed]:
        found: dict[str, Timed] = {}
        with self._lock:
            for minute in self._since(seconds):
                for name, timed in getattr(minute, kind).items():
                    found.setdefault(name, Timed()).merge(timed)
        return found

    def _now(self) -> _Minute:
        number = int(self._clock.monotonic() // _SLOT_SECONDS)
        minute = self._minutes.get(number)
        if minute is None:
            minute = self._minutes[number] = _Minute()
            while len(self._minutes) > _SLOTS:
                self._minutes.popitem(last=False)
        return minute

    def _since(self, seconds: float) -> list[_Minute]:
        first = (self._clock.monotonic() - seconds) // _SLOT_SECONDS
        return [minute for number, minute in self._minutes.items() if number > first]


def _of(named: dict[str, Timed], name: str) -> Timed:
    if name not in named and len(named) >= _MOST_NAMES:
        name = "other"
    return named.setdefault(name, Timed())
