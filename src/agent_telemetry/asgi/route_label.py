"""Which route a request took, as a bounded label: the template, never the raw path."""

from agent_telemetry.asgi.endpoints import Scope

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_template(scope: Scope) -> str:
    """Return the template of the matched route (``/sessions/{id}``), after the app has run.

    Starlette and FastAPI leave the route in the scope; a path that no route took, and every path
    of a framework that does not tell, share one value.
    """
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) and path else UNMATCHED


def method_label(scope: Scope) -> str:
    """Return the method, one value for all that HTTP does not know."""
    method = scope["method"]
    return method if method in _METHODS else "OTHER"
