"""The stack that decorators and wrappers use when none is named: the latest one made."""

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

_made: "list[weakref.ref[ObservabilityStack]]" = []


def announce(stack: "ObservabilityStack") -> None:
    """Make a stack the current one of this process."""
    _made[:] = [each for each in _made if each() is not None]
    _made.append(weakref.ref(stack))


def withdraw(stack: "ObservabilityStack") -> None:
    """Go back to the stack before; it is shut down."""
    _made[:] = [each for each in _made if each() not in {None, stack}]


def current_stack() -> "ObservabilityStack | None":
    """Return the latest stack that is not shut down, None when there is none."""
    return next((found for each in reversed(_made) if (found := each()) is not None), None)
