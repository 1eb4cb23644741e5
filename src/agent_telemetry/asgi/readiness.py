"""Whether the service can do its work: named checks, asked by ``/ready``."""

from collections.abc import Callable

from agent_telemetry.workers.fork_safety import forkable_lock


class Readiness:
    """The checks that must all hold; a check that raises does not hold."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], bool]] = {}
        self._lock = forkable_lock()

    def add(self, name: str, check: Callable[[], bool]) -> None:
        """Add a check; it may block for a moment, as it runs in a thread.

        While four requests wait for one that hangs, the others are answered "not ready" at once.
        """
        with self._lock:
            self._checks[name] = check

    def report(self) -> dict[str, bool]:
        """Return each check's answer."""
        with self._lock:
            checks = dict(self._checks)
        return {name: self._holds(check) for name, check in checks.items()}

    @staticmethod
    def _holds(check: Callable[[], bool]) -> bool:
        try:
            return bool(check())
        except Exception:  # noqa: BLE001 -- whatever it raises, the thing checked is not ready
            return False
