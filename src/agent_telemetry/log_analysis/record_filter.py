"""Which records are asked for: by level, ids, event and time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_telemetry.log_analysis.record_columns import spellings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Conditions that all must hold; None asks for nothing.

    Attributes:
        level: one level; WARNING and CRITICAL are aliases of WARN and FATAL.
        agent: agent id (``support-1``) or template (``support``).
        tenant: tenant id.
        request_id: the request it happened in.
        trace_id: the trace it belongs to.
        user: user id.
        event: such as ``tool_end``.
        since: earliest time, aware.
        until: time before which it was, aware.

    Raises:
        ValueError: there is no such level, or a time has no time zone.
    """

    level: str | None = None
    agent: str | None = None
    tenant: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    user: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.level is not None:
            spellings(self.level)
        for moment in (self.since, self.until):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{moment} has no time zone")

    def condition(self, column: Callable[[str], str] = str) -> tuple[str, dict[str, Any]]:
        """Return the condition in SQL and its parameters; it expects a column ``moment``.

        Args:
            column: returns the SQL of a field by its name.
        """
        tests = {
            "since": "moment >= $since",
            "until": "moment < $until",
            "tenant": f"{column('tenant_id')} = $tenant",
            "request_id": f"{column('request_id')} = $request_id",
            "trace_id": f"{column('trace_id')} = $trace_id",
            "user": f"{column('user_id')} = $user",
            "event": f"{column('event')} = $event",
            "level": f"list_contains($level, upper({column('level')}))",
            "agent": f"$agent IN ({column('agent_id')}, {column('template_id')})",
        }
        given: dict[str, Any] = {
            name: value for name in tests if (value := getattr(self, name)) is not None
        }
        parts = ["moment IS NOT NULL", *(tests[name] for name in given)]
        for name in ("since", "until"):
            if name in given:
                given[name] = (given[name] - _EPOCH) // timedelta(microseconds=1)
        if self.level is not None:
            given["level"] = spellings(self.level)
        # Not one of them may be NULL: what is no answer is no.
        return " AND ".join(f"coalesce({part}, false)" for part in parts), given
