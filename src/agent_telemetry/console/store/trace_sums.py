"""What spans add to the console's sums: requests, agents, models, tools, tenants, stages."""

from collections.abc import Sequence

from agent_telemetry import semconv
from agent_telemetry.console.store.totals import Totals
from agent_telemetry.console.store.trace_row import (
    Span,
    agent_name,
    error_type,
    is_model_call,
    is_request,
    roots_of,
    tenant_of,
    tool_name,
)

#: Kind, name and parent: what the parent is depends on the kind.
Key = tuple[str, str, str]
#: Minutes since 1970 → sums of what began in them.
Sums = dict[int, dict[Key, Totals]]

MINUTE = 60_000_000
NO_TENANT = "unknown"
#: Kinds of span that an agent calls: the edges of the graph.
_CALLED = frozenset({"llm", "embedding", "tool", "retrieval", "memory"})


def add_spans(sums: Sums, spans: Sequence[Span], new: Sequence[Span]) -> None:
    """Add spans to sums.

    Args:
        sums: are added to.
        spans: all spans of the trace, which say whose the new ones are.
        new: those of them that have not been counted yet.
    """
    by_id = {span["id"]: span for span in spans}
    tenant = tenant_of([*roots_of(spans), *spans]) or NO_TENANT
    led_on = {span["parent"] for span in spans if span["status"] != "ok"}
    for span in new:
        minute = sums.setdefault(span["start"] // MINUTE, {})
        for key in _keys(span, by_id):
            _call(minute, key, span)
        if span["status"] != "ok" and span["id"] not in led_on:
            # Where it began: the spans above have only passed it on.
            _call(minute, ("error", error_type(span), span["name"]), span)
        if is_request(span):
            _call(minute, ("tenant", tenant, ""), span)
        elif is_model_call(span):
            minute.setdefault(("tenant", tenant, ""), Totals()).usage(*_usage(span))


def _keys(span: Span, by_id: dict[str, Span]) -> list[Key]:
    found: list[Key] = [("stage", span["name"], span["kind"])]
    kind, told = span["kind"], span["attributes"]
    agent = _agent_of(span, by_id)
    if is_request(span):
        found.append(("request", span["name"], ""))
    if is_model_call(span):
        model = str(span["model"] or span["name"])
        found.append(("model", model, str(told.get(semconv.PROVIDER_NAME, ""))))
        found.append(("call", f"model {model}", agent))
    elif kind == "agent":
        found.append(("agent", agent_name(span), ""))
        # One agent that calls another is an edge of its own.
        above = _agent_of(span, by_id)
        found.append(("call", f"agent {agent_name(span)}", above))
    elif kind == "tool":
        found.append(("tool", tool_name(span), ""))
        found.append(("call", f"tool {tool_name(span)}", agent))
    elif kind in _CALLED:
        found.append(("call", f"{kind} {span['name'].removeprefix(f'{kind} ')}", agent))
    if "cache.hit" in told:
        found.append(("cache", "hit" if told["cache.hit"] else "miss", ""))
    return found


def _agent_of(span: Span, by_id: dict[str, Span]) -> str:
    """Return the agent that a span works for, empty when it is none's."""
    above = by_id.get(span["parent"])
    for _ in range(len(by_id)):
        if above is None:
            return ""
        if above["kind"] == "agent":
            return agent_name(above)
        above = by_id.get(above["parent"])
    return ""


def _call(minute: dict[Key, Totals], key: Key, span: Span) -> None:
    found = minute.get(key)
    if found is None:
        found = minute[key] = Totals()
    found.call(span["micros"], failed=span["status"] != "ok")
    if is_model_call(span) and key[0] != "tenant":
        found.usage(*_usage(span))


def _usage(span: Span) -> tuple[int | None, int, int]:
    return span["units"], span["tokens_input"], span["tokens_output"]
