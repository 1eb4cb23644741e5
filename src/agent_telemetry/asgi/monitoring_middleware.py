"""Guide D's name for the middleware."""

from typing import TYPE_CHECKING

from agent_telemetry.asgi.middleware import App, TelemetryMiddleware
from agent_telemetry.current_stack import current_stack

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack


class MonitoringMiddleware(TelemetryMiddleware):
    """``app.add_middleware(MonitoringMiddleware)``: the middleware with the latest stack made.

    Args:
        app: the app.
        stack: the stack that is told, when it is another one.

    Raises:
        RuntimeError: no stack was made.
    """

    def __init__(self, app: App, stack: "ObservabilityStack | None" = None) -> None:
        told = stack if stack is not None else current_stack()
        if told is None:
            raise RuntimeError(
                "MonitoringMiddleware needs a stack: call create_observability_stack(...) first, "
                "or pass stack="
            )
        super().__init__(app, told)
