"""Gauges that are read by a function, where each worker has to write them down for the others.

``set_function`` of prometheus-client is asked in its own process only.
"""

from collections.abc import Callable

from prometheus_client import Gauge

from agent_telemetry.guard import Guard
from agent_telemetry.workers.fork_safety import forkable_lock


class TrackedGauges:
    """Writes down what the functions say, at each beat of a worker and before a scrape.

    Args:
        guard: takes the faults.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._reads: dict[Gauge, Callable[[], float]] = {}
        self._lock = forkable_lock()

    def add(self, gauge: Gauge, read: Callable[[], float]) -> None:
        """Have a gauge follow a function; a later function of the same gauge replaces it."""
        with self._lock:
            self._reads[gauge] = read

    def refresh(self) -> None:
        """Write all of them down."""
        with self._lock:
            reads = list(self._reads.items())
        for gauge, read in reads:
            try:
                gauge.set(float(read()))
            except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
                self._guard.fault("tracked_gauge", error)
