"""What every operation writes to: tracer, metrics, log, prices; and the log line of its end."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Tracer

from agent_telemetry.budgets.budgets import Budgets
from agent_telemetry.content.capture import ContentCapture
from agent_telemetry.correlation import get_request_context
from agent_telemetry.guard import Guard
from agent_telemetry.logs.own_record import write_record
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.instruments import Instruments
from agent_telemetry.prices.pricing import PriceTable

if TYPE_CHECKING:
    from agent_telemetry.operations.operation import Operation

_log = logging.getLogger("agent_telemetry.operations.operation")


@dataclass(frozen=True, slots=True)
class Signals:
    """The outlets of one stack.

    ``instruments`` are built from the metrics when none are given.
    """

    tracer: Tracer
    metrics: Metrics
    prices: PriceTable
    guard: Guard
    instruments: Instruments = None  # type: ignore[assignment]
    budgets: Budgets | None = None
    #: None: no content is captured.
    content: ContentCapture | None = None

    def __post_init__(self) -> None:
        if self.instruments is None:
            object.__setattr__(self, "instruments", Instruments(self.metrics))

    def ended(self, operation: "Operation", error: BaseException | None) -> None:
        """Tell the end of an operation: one log line, and an error where it began."""
        failed = operation.status != "ok"
        if failed and operation.first_to_tell:
            context = get_request_context()
            self.metrics.family("agent_errors_total").child(
                operation.error_type, context.agent_id or "unknown", context.tenant_id or "unknown"
            ).inc()
            self.instruments.recent.error(
                operation.error_type,
                request_id=context.request_id or "",
                trace_id=operation.trace_id,
                error=error,
            )
        level = operation.kind.level
        if failed and operation.tells_errors:
            level = logging.ERROR if operation.first_to_tell else logging.WARNING
        if not _log.isEnabledFor(level):
            return
        fields: dict[str, Any] = {
            "event": f"{operation.kind.kind}_end",
            operation.kind.field: operation.name,
            "status": operation.status,
            "duration_seconds": round(operation.duration_seconds, 6),
            **operation.log_fields(),
        }
        if failed:
            fields["error_type"] = operation.error_type
        write_record(
            _log,
            level,
            "%s %s %s in %.3f s",
            (operation.kind.kind, operation.name, operation.status, operation.duration_seconds),
            site=("operation.py", "end"),
            fields=fields,
            error=error if failed and operation.first_to_tell else None,
        )
