"""The console of one stack: what its pages ask."""

from typing import TYPE_CHECKING

from agent_telemetry.console.feed import ConsoleFeed, ConsoleLines
from agent_telemetry.console.store.store import ConsoleStore

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack


class Console:
    """What is shown of a stack.

    Args:
        stack: the stack; from now on its traces and log lines are kept.

    Attributes:
        stack: the same.
        feed: takes traces and log lines.
    """

    def __init__(self, stack: "ObservabilityStack") -> None:
        self.stack = stack
        self.feed = ConsoleFeed(stack)
        stack.tracer.add_keeper(self.feed.trace, self.feed.close)
        stack.add_log_sink(ConsoleLines(self.feed))

    @property
    def store(self) -> ConsoleStore:
        """Where they are kept."""
        return self.feed.store

    @property
    def service(self) -> str:
        """The service's name."""
        return self.stack.settings.service_name


def console_of(stack: "ObservabilityStack") -> Console:
    """Return the one console of a stack, made when it is first asked for."""
    if stack._console is None:  # noqa: SLF001 -- the stack keeps it for us
        stack._console = Console(stack)  # noqa: SLF001
    return stack._console  # noqa: SLF001
