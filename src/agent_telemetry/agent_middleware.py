"""Guide A's middleware around an agent: an ordered chain."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from agent_telemetry.guard import Guard

#: Makes a model call or a tool call; plain or asynchronous.
Call = Callable[..., Any]


class AgentMiddleware(Protocol):
    """One link of the chain.

    Attributes:
        name: what it is called; a name is in a chain once.
        priority: a lower one is further out.
    """

    name: str
    priority: int

    def on_agent_start(self, agent_id: str, template_id: str) -> None:
        """Take note that an agent was created."""

    def on_agent_stop(self, agent_id: str, template_id: str) -> None:
        """Take note that an agent was closed."""

    def wrap_model_call(self, call: Call, model: str) -> Call:
        """Return a call around a model call, of the same kind."""

    def wrap_tool_call(self, call: Call, tool_name: str) -> Call:
        """Return a call around a tool call, of the same kind."""


class MiddlewareChain:
    """Asks each middleware in order of priority, the lowest first and outermost.

    A middleware whose hook raises is passed over and counted; what its wrapped call raises is
    its own decision and goes on.

    Args:
        middlewares: in any order.
        guard: takes the faults of hooks.
    """

    def __init__(
        self, middlewares: Iterable[AgentMiddleware] = (), *, guard: Guard | None = None
    ) -> None:
        self._guard = guard if guard is not None else Guard()
        self._links: list[AgentMiddleware] = []
        for each in middlewares:
            self.add(each)

    def add(self, middleware: AgentMiddleware) -> None:
        """Put a middleware where its priority says; equal ones stand in the order of adding.

        Raises:
            ValueError: there is one of that name.
        """
        if middleware.name in self.names:
            raise ValueError(f"there is a middleware called {middleware.name} already")
        self._links = sorted([*self._links, middleware], key=lambda each: each.priority)

    @property
    def names(self) -> list[str]:
        """The names from the outermost to the innermost."""
        return [each.name for each in self._links]

    def on_agent_start(self, agent_id: str, template_id: str = "") -> None:
        """Tell each middleware, the outermost first."""
        for each in self._links:
            self._tell(each, each.on_agent_start, agent_id, template_id)

    def on_agent_stop(self, agent_id: str, template_id: str = "") -> None:
        """Tell each middleware, the innermost first."""
        for each in reversed(self._links):
            self._tell(each, each.on_agent_stop, agent_id, template_id)

    def wrap_model_call(self, call: Call, model: str) -> Call:
        """Return the call inside all middlewares."""
        for each in reversed(self._links):
            call = self._wrap(each, each.wrap_model_call, call, model)
        return call

    def wrap_tool_call(self, call: Call, tool_name: str) -> Call:
        """Return the call inside all middlewares."""
        for each in reversed(self._links):
            call = self._wrap(each, each.wrap_tool_call, call, tool_name)
        return call

    def _tell(self, link: AgentMiddleware, hook: Callable[..., None], *said: str) -> None:
        try:
            hook(*said)
        except Exception as error:  # noqa: BLE001 -- the next middleware still has its turn
            self._guard.fault(f"middleware.{link.name[:80]}", error)

    def _wrap(
        self, link: AgentMiddleware, wrap: Callable[[Call, str], Call], call: Call, name: str
    ) -> Call:
        try:
            return wrap(call, name)
        except Exception as error:  # noqa: BLE001 -- the call is made without this middleware
            self._guard.fault(f"middleware.{link.name[:80]}", error)
            return call
