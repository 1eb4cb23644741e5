"""The searches that Kibana shows by name: each filter is an Elasticsearch query as it stands."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SavedSearch:
    """One search.

    Attributes:
        key: part of its id.
        title: its name for people.
        description: when to use it.
        query: its filter, in Elasticsearch's own query language.
        columns: fields that are shown, from left to right.
        sort: fields by which it is sorted, each with its direction.
    """

    key: str
    title: str
    description: str
    query: dict[str, Any]
    columns: tuple[str, ...]
    sort: tuple[tuple[str, str], ...] = (("timestamp", "desc"),)


SEARCHES = (
    SavedSearch(
        key="errors",
        title="Agent logs: errors",
        description="Everything that went wrong, newest first; trace_id opens the trace.",
        query={"terms": {"level": ["ERROR", "FATAL"]}},
        columns=(
            "level", "service", "error_type", "message", "exception.type", "tenant_id",
            "request_id", "trace_id",
        ),
    ),
    SavedSearch(
        key="tenant",
        title="Agent logs: by tenant",
        description="What was done for tenants; add a filter tenant_id: acme for one of them.",
        query={"exists": {"field": "tenant_id"}},
        columns=("tenant_id", "event", "status", "duration_seconds", "cost_usd", "trace_id"),
        sort=(("tenant_id", "asc"), ("timestamp", "desc")),
    ),
    SavedSearch(
        key="request",
        title="Agent logs: by request id",
        description="The story of a request in order; add a filter request_id: … for one of them.",
        query={"exists": {"field": "request_id"}},
        columns=("request_id", "level", "event", "message", "tool_name", "model", "trace_id"),
        sort=(("request_id", "asc"), ("timestamp", "asc")),
    ),
    SavedSearch(
        key="audit",
        title="Agent logs: audit trail",
        description="Who did what: the records of the audit trail.",
        query={"term": {"stream": "audit"}},
        columns=("event", "user_id", "tenant_id", "status", "message", "request_id", "trace_id"),
    ),
)  # fmt: skip


def fields_of(query: Any) -> set[str]:
    """Return the fields that a query asks for."""
    if isinstance(query, list):
        return {field for part in query for field in fields_of(part)}
    if not isinstance(query, dict):
        return set()
    found: set[str] = set()
    for name, inside in query.items():
        if name in {"term", "terms", "range", "match"}:
            found |= set(inside)
        elif name == "exists":
            found.add(inside["field"])
        else:
            found |= fields_of(inside)
    return found
