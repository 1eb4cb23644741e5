"""What a service does because it runs as several processes."""

from typing import Self

from agent_telemetry.guard import Guard
from agent_telemetry.metrics.tracked_gauges import TrackedGauges
from agent_telemetry.workers.beat import WorkerBeat
from agent_telemetry.workers.folder import WorkerFolder
from agent_telemetry.workers.multiprocess_folder import multiprocess_folder


class Workers:
    """This process as one of the workers of its service.

    Args:
        folder: what the workers share.
        guard: takes the faults.

    Attributes:
        folder: as above.
        beat: what is done every two seconds.
        gauges: the gauges that are read by a function.
    """

    def __init__(self, folder: WorkerFolder, guard: Guard) -> None:
        self.folder = folder
        self.beat = WorkerBeat(guard)
        self.gauges = TrackedGauges(guard)

    @classmethod
    def join(cls, service: str, guard: Guard) -> Self | None:
        """Return this process's place among the workers; None where there is but one process.

        Args:
            service: the service's name.
            guard: takes the faults.

        Raises:
            ConfigurationError: ``PROMETHEUS_MULTIPROC_DIR`` was set too late, cannot be used, or
                belongs to somebody else.
        """
        path = multiprocess_folder()
        return cls(WorkerFolder.claim(path, service), guard) if path is not None else None

    def leave(self) -> None:
        """Write the last numbers down and leave."""
        self.beat.stop()
        self.folder.release()
