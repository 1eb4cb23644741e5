"""A trace as a row of the console: what lists show and filter by."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from agent_telemetry import semconv
from agent_telemetry.prices.pricing import UNITS_PER_USD
from agent_telemetry.traces.trace_record import Trace

Span = dict[str, Any]

#: Kinds of span that call a model.
MODEL_KINDS = frozenset({"llm", "embedding"})
#: Attributes that say the same as a field of the span beside them.
_TOLD_ELSEWHERE = frozenset({semconv.COST_AMOUNT, semconv.COST_CURRENCY, "exemplar"})
_MOST_NAMES = 200
_REFUSED = 400


def spans_of(trace: Trace) -> list[Span]:
    """Return a trace's spans: times in whole microseconds, cost in units of 1e-12 USD."""
    return [_span(each) for each in trace.to_dict()["spans"]]


def _span(told: dict[str, Any]) -> Span:
    start = round(told["start"] * 1e6)
    cost = told["cost_usd"]
    return {
        "id": told["span_id"],
        "parent": told["parent_id"] or "",
        "name": told["name"],
        "kind": told["kind"],
        "start": start,
        "micros": max(0, round(told["duration_ms"] * 1000)),
        "status": told["status"],
        "model": told["model_name"],
        "units": None if cost is None else round(cost * UNITS_PER_USD),
        "tokens_input": told["input_tokens"],
        "tokens_output": told["output_tokens"],
        "attributes": told["attributes"],
        "events": told["events"],
    }


def pack(spans: Sequence[Span]) -> bytes:
    """Return spans in a quarter of their size."""
    text = orjson.dumps(spans, default=str, option=orjson.OPT_NON_STR_KEYS)
    return zlib.compress(text, 1)


def unpack(packed: bytes) -> list[Span]:
    """Return what ``pack`` was given."""
    found: list[Span] = orjson.loads(zlib.decompress(packed))
    return found


def roots_of(spans: Sequence[Span]) -> list[Span]:
    """Return the spans whose parent is not among them, by start."""
    known = {span["id"] for span in spans}
    return [span for span in spans if span["parent"] not in known]


def is_request(span: Span) -> bool:
    """Whether a span is an observed HTTP request of this service on a route that exists."""
    attributes = span["attributes"]
    return semconv.HTTP_ROUTE in attributes and semconv.HTTP_METHOD in attributes


def is_model_call(span: Span) -> bool:
    """Whether a span is a call of a model."""
    return span["kind"] in MODEL_KINDS or span["model"] is not None


def tenant_of(spans: Iterable[Span]) -> str:
    """Return the tenant of a trace, empty when no span tells it."""
    return _first(spans, semconv.GUIDE_TENANT_ID)


def agent_name(span: Span) -> str:
    """Return the name of the agent that a span of an agent's run is of."""
    told = span["attributes"]
    found = told.get(semconv.GUIDE_AGENT_TEMPLATE) or told.get(semconv.AGENT_NAME)
    return str(found or span["name"])


def tool_name(span: Span) -> str:
    """Return the name of the tool that a span calls."""
    return str(span["attributes"].get(semconv.TOOL_NAME) or span["name"].removeprefix("Tool."))


def error_type(span: Span) -> str:
    """Return the class or code of what broke a span; its status when nothing tells it."""
    told = [span["attributes"], *(event["attributes"] for event in span["events"])]
    for key in (semconv.ERROR_TYPE, "exception.type"):
        for each in told:
            if key in each:
                return str(each[key])
    return str(span["status"])


def trace_row(trace_id: str, name: str, spans: Sequence[Span]) -> dict[str, Any]:
    """Return the columns of a trace.

    Args:
        trace_id: its id.
        name: shown when it has no span.
        spans: all its spans by start, at least one.
    """
    roots = roots_of(spans)
    first = roots[0] if roots else spans[0]
    failed = [span for span in spans if span["status"] != "ok"]
    # The last failed span to begin is the deepest: the cause, not who passed it on.
    cause = failed[-1] if failed else None
    models = [span for span in spans if is_model_call(span)]
    started = min(span["start"] for span in spans)
    worst = "error" if any(root["status"] != "ok" for root in roots) else "recovered"
    return {
        "trace_id": trace_id,
        "started": started,
        "duration": max(span["start"] + span["micros"] for span in spans) - started,
        "name": first["name"] or name,
        "status": worst if failed else "ok",
        "error_type": error_type(cause) if cause is not None else _refused_as(first),
        "tenant": tenant_of([*roots, *spans]),
        "agent": next((agent_name(span) for span in spans if span["kind"] == "agent"), ""),
        "request_id": _first(roots, "request.id"),
        "models": _names(str(span["model"] or span["name"]) for span in models),
        "tools": _names(tool_name(span) for span in spans if span["kind"] == "tool"),
        "units": sum(span["units"] or 0 for span in models),
        "unpriced": sum(span["units"] is None for span in models),
        "tokens_input": sum(span["tokens_input"] for span in models),
        "tokens_output": sum(span["tokens_output"] for span in models),
        "spans": len(spans),
    }


def shown_attributes(span: Span) -> Mapping[str, Any]:
    """Return a span's attributes without those that are shown otherwise."""
    told = span["attributes"].items()
    return {key: value for key, value in sorted(told) if key not in _TOLD_ELSEWHERE}


def _refused_as(root: Span) -> str:
    """Return the HTTP status of a request that was refused, which is no failure of ours."""
    status = root["attributes"].get(semconv.HTTP_STATUS, 0)
    return str(status) if isinstance(status, int) and status >= _REFUSED else ""


def _first(spans: Iterable[Span], key: str) -> str:
    return next((str(span["attributes"][key]) for span in spans if key in span["attributes"]), "")


def _names(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))[:_MOST_NAMES]
