"""What all workers of a service counted, as one scrape shows it."""

import time
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from agent_telemetry.workers.files import DAMAGE, database_files
from agent_telemetry.workers.folder import WorkerFolder

_TRIES = 5
_PAUSE_SECONDS = 0.01


class WorkerMetrics(Collector):
    """Reads the files of all workers with prometheus-client's own collector.

    Args:
        folder: the folder of the service.
        describe: returns the families to come, for the registry.
    """

    def __init__(self, folder: WorkerFolder, describe: Callable[[], Iterable[Metric]]) -> None:
        self._folder = folder
        self._describe = describe

    def describe(self) -> Iterable[Metric]:
        """Return the families without values."""
        return self._describe()

    def collect(self) -> Iterable[Metric]:
        """Return the families of all workers; dead ones are cleared up after first.

        Raises:
            TimeoutError: another worker held the folder too long. No scrape is better than one
                that lacks half of the numbers.
        """
        with self._folder.locked():
            self._folder.sweep()
            for _ in range(_TRIES - 1):
                try:
                    return self._read()
                except DAMAGE:  # a worker was just writing its first value
                    time.sleep(_PAUSE_SECONDS)
            return self._read()

    def _read(self) -> list[Metric]:
        files = [str(path) for path in database_files(self._folder.path)]
        return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]
