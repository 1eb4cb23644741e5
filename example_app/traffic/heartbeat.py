"""Whether traffic flows, told by the age of a file: `python -m example_app.traffic.heartbeat FILE`.

The process touches the file while it waits for its target and while its requests end, answered or
not. So a target that is away leaves the traffic healthy: it does what it is there for, AgentDown
tells of the agent, and `docker compose up --wait` does not fail for both. A process that hangs, has
lost its visitors or never began is unhealthy.
"""

import sys
import time
from pathlib import Path

BEAT_SECONDS = 5
"""Between two touches."""
_MOST_SECONDS = 60
"""Age from which the file is a dead process'."""
_LONGEST_REQUEST_SECONDS = 100
_GAPS = 20
"""Pauses are random: one that is twenty times the average comes once in 500 million."""


def silence_allowed(rate: float) -> float:
    """Seconds without the end of any request that are nothing unusual at a rate a minute."""
    return _LONGEST_REQUEST_SECONDS + _GAPS * 60 / rate


class Heartbeat:
    """Touches the file.

    Args:
        file: The file; None keeps silent.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def beat(self) -> None:
        """Says that there is life."""
        if self._file is not None:
            self._file.touch()


def main(arguments: list[str]) -> int:
    """The health check: returns 0 for a file that was touched lately, else 1 with the reason."""
    file = Path(arguments[0])
    try:
        age = time.time() - file.stat().st_mtime
    except OSError as error:
        print(f"no heartbeat: {error}")
        return 1
    if age > _MOST_SECONDS:
        print(f"the last heartbeat was {age:.0f} s ago; {_MOST_SECONDS} s are the most")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
