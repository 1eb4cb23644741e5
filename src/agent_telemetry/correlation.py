"""What is known of the request that is being served, carried by context, never shared."""

from contextvars import ContextVar, Token
from dataclasses import dataclass, fields
from operator import attrgetter


@dataclass(slots=True)
class RequestContext:
    """The ids that every log line, and some metrics, of a request carry.

    One record lives as long as its request and is filled in while more becomes known; an agent
    below it works on a copy, so that agents side by side never see each other's fields.
    """

    request_id: str | None = None
    tenant_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    template_id: str | None = None
    endpoint: str | None = None
    root: "RequestContext | None" = None
    #: HTTP status that a request deserves which failed after its answer had begun.
    failed_as: int | None = None

    def fill(self, **values: str | None) -> None:
        """Set fields that became known, here and, where still unknown, on the request."""
        for name, value in values.items():
            if value is None:
                continue
            setattr(self, name, value)
            if self.root is not None and getattr(self.root, name) is None:
                setattr(self.root, name, value)

    def derive(self, **values: str | None) -> "RequestContext":
        """Return a copy for work below this request."""
        copy = RequestContext(*_values(self))
        copy.root = self.root if self.root is not None else self
        copy.fill(**values)
        return copy


_values = attrgetter(*(each.name for each in fields(RequestContext)))
#: Fields that a log record takes over.
CONTEXT_FIELDS = (
    *(each.name for each in fields(RequestContext) if each.name.endswith("_id")),
    "endpoint",
)

_current: ContextVar[RequestContext | None] = ContextVar("agent_telemetry_request", default=None)


def get_request_context() -> RequestContext:
    """Return the current request's record; an empty one outside a request."""
    found = _current.get()
    return found if found is not None else RequestContext()


def current_or_none() -> RequestContext | None:
    """Return the current request's record, None outside a request; for hot paths."""
    return _current.get()


def enter(context: RequestContext | None) -> Token[RequestContext | None]:
    """Make a record the current one; give the token to ``leave``."""
    return _current.set(context)


def leave(token: Token[RequestContext | None]) -> None:
    """Go back to the record before; harmless when called from another context."""
    try:
        _current.reset(token)
    except ValueError:
        # A generator that is closed by the garbage collector ends in a foreign context, where
        # there is nothing of ours to undo.
        return


def bind(**values: str | None) -> None:
    """Set fields of the current request; outside one, for the rest of this context."""
    context = _current.get()
    if context is None:
        context = RequestContext()
        _current.set(context)
    context.fill(**values)
