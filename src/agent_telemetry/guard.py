"""A fault of the telemetry never becomes a fault of the host.

``Guard`` is asked at every edge where the library runs inside somebody's request. A fault is
counted, logged once for each place, and swallowed; with ``strict`` (our own tests) it is raised.
"""

import logging
from collections.abc import Callable

from agent_telemetry.workers.fork_safety import forkable_lock

_log = logging.getLogger("agent_telemetry")


class Guard:
    """Counts faults and says each place once.

    Args:
        strict: raise instead of swallowing.
        on_fault: called with the place of every fault; must not raise.
    """

    def __init__(
        self, *, strict: bool = False, on_fault: Callable[[str], None] | None = None
    ) -> None:
        self.strict = strict
        self.on_fault = on_fault
        self._said: set[str] = set()
        self._lock = forkable_lock()

    def fault(self, where: str, error: BaseException) -> None:
        """Take note of a fault in the library's own code, while the host goes on."""
        if self.strict:
            raise error
        if self.on_fault is not None:
            self.on_fault(where)
        if self.first_time(where):
            _log.error(
                "telemetry fault in %s; the application goes on, with less telemetry",
                where,
                exc_info=error,
                extra={"event": "telemetry_fault", "error_type": type(error).__name__},
            )

    def first_time(self, key: str) -> bool:
        """Return True once for a key; the set of keys is bounded."""
        with self._lock:
            if key in self._said or len(self._said) >= 1000:  # noqa: PLR2004 -- any bound will do
                return False
            self._said.add(key)
            return True
