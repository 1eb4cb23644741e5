"""What the start of an operation changed in its context: kept aside, put in place by ``with``."""

from contextvars import ContextVar, Token, copy_context
from typing import Any

from agent_telemetry.operations.operation import Operation

_ABSENT = object()


class StartedContext:
    """Starts an operation without making it the current one; ``enter`` does that.

    A span that is begun and never ended is then nobody's parent.

    Args:
        operation: not started yet.

    Raises:
        BudgetExceeded: the operation is a model call that a budget refuses.
    """

    __slots__ = ("_changes", "_tokens")

    def __init__(self, operation: Operation) -> None:
        before = copy_context()
        operation.__enter__()
        after = copy_context()
        operation.detach()
        self._changes: list[tuple[ContextVar[Any], Any]] = [
            (variable, value)
            for variable, value in after.items()
            if before.get(variable, _ABSENT) is not value
        ]
        self._tokens: list[tuple[ContextVar[Any], Token[Any]]] = []

    def enter(self) -> None:
        """Make the operation the current one of this context."""
        self._tokens = [(variable, variable.set(value)) for variable, value in self._changes]

    def leave(self) -> None:
        """Undo ``enter``; a second call does nothing."""
        tokens, self._tokens = self._tokens, []
        for variable, token in reversed(tokens):
            try:
                variable.reset(token)
            except ValueError:  # left in another context, in which nothing was entered
                return
