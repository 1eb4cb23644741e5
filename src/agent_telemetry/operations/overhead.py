"""How long telemetry itself holds up its caller, measured on a sample of the operations."""

import itertools

from opentelemetry.trace import INVALID_SPAN

from agent_telemetry.metrics.metrics import Metrics

#: One in so many is timed. Timing one costs about 3 µs of a start and end of over 100 µs.
_ONE_IN = 16


class Overhead:
    """Feeds ``telemetry_overhead_seconds``.

    Args:
        metrics: where the family is.
    """

    def __init__(self, metrics: Metrics) -> None:
        family = metrics.family("telemetry_overhead_seconds")
        self._phases = {phase: family.child(phase) for phase in ("start", "finish")}
        self._turns = itertools.count()

    def due(self) -> bool:
        """Return whether the next operation is to be timed; the first one is."""
        return next(self._turns) % _ONE_IN == 0

    def took(self, phase: str, seconds: float) -> None:
        """Record one time; it belongs to no span, so it has no exemplar."""
        self._phases[phase].observe(seconds, INVALID_SPAN)
