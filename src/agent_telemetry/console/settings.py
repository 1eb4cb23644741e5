"""How much the console keeps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_telemetry.settings import _Reader

_LEAST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings:
    """Bounds of what the console keeps; the oldest goes first.

    Attributes:
        traces: most traces.
        logs: most log lines.
        hours: age at which anything goes.
        most_bytes: most bytes of the file, or of the memory where there is no folder for a file.
    """

    traces: int = 20_000
    logs: int = 100_000
    hours: int = 168
    most_bytes: int = 256 * 1024 * 1024

    @classmethod
    def read(cls, read: "_Reader") -> "ConsoleSettings":
        """Read them.

        Raises:
            ConfigurationError: a variable has a value that is not accepted.
        """
        return cls(
            traces=read.whole("AGENT_TELEMETRY_CONSOLE_TRACES", cls.traces, 1),
            logs=read.whole("AGENT_TELEMETRY_CONSOLE_LOGS", cls.logs, 1),
            hours=read.whole("AGENT_TELEMETRY_CONSOLE_HOURS", cls.hours, 1),
            most_bytes=read.whole("AGENT_TELEMETRY_CONSOLE_BYTES", cls.most_bytes, _LEAST_BYTES),
        )
