"""One trace: its waterfall, what each span says, and its log lines."""

from collections.abc import Sequence
from typing import Any

import orjson

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import log_reading, trace_reading
from agent_telemetry.console.store.log_reading import LogFilter
from agent_telemetry.console.store.trace_row import Span, is_model_call, shown_attributes

_LINES = 200
_LEAST_PERCENT = 0.15
_MOST_DEPTH = 12
_MOST_REASON = 500


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return the trace of the address, or that there is none."""
    trace_id = query.path.rpartition("/")[2].lower()
    with console.store.database.read() as connection:
        found = trace_reading.one(connection, trace_id)
        lines, more = log_reading.page(connection, LogFilter(trace_id=trace_id), _LINES)
    row, spans = found if found is not None else (None, [])
    failures = [span for span in spans if span["status"] != "ok"]
    return {
        "trace_id": trace_id,
        "trace": row,
        "bars": waterfall(spans, row) if row is not None else [],
        "failures": failures,
        "reason": _reason(failures[-1]) if failures else "",
        "kinds": sorted({span["kind"] for span in spans}),
        "lines": lines[::-1],
        "more_lines": bool(more),
    }


def waterfall(spans: Sequence[Span], row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the spans in the order of their tree, with where their bars are in percent."""
    known = {span["id"] for span in spans}
    children: dict[str, list[Span]] = {}
    for span in spans:
        above = span["parent"] if span["parent"] in known else ""
        children.setdefault(above, []).append(span)
    whole = max(1, row["duration"])
    bars: list[dict[str, Any]] = []
    waiting = [(span, 0) for span in reversed(children.get("", []))]
    while waiting:
        span, depth = waiting.pop()
        left = min(100.0, (span["start"] - row["started"]) / whole * 100)
        width = min(100.0 - left, max(_LEAST_PERCENT, span["micros"] / whole * 100))
        bars.append(
            {
                "span": span,
                "depth": min(depth, _MOST_DEPTH),
                "left": round(left, 3),
                "width": round(width, 3),
                "offset": span["start"] - row["started"],
                "is_model_call": is_model_call(span),
                "attributes": [
                    (key, _shown(value)) for key, value in shown_attributes(span).items()
                ],
                "events": [
                    {
                        "name": event["name"],
                        "offset": round(event["timestamp"] * 1e6) - row["started"],
                        "attributes": [
                            (key, _shown(value)) for key, value in event["attributes"].items()
                        ],
                    }
                    for event in span["events"]
                ],
            }
        )
        # A span that calls itself its own ancestor has been given its place once.
        waiting += [(child, depth + 1) for child in reversed(children.pop(span["id"], []))]
    return bars


def _reason(span: Span) -> str:
    """Return what the exception of a span said, as far as it is kept."""
    for event in span["events"]:
        if event["attributes"].get("exception.message"):
            return str(event["attributes"]["exception.message"])[:_MOST_REASON]
    return ""


def _shown(value: object) -> str:
    """Return a value as text; JSON in a text is laid out."""
    if isinstance(value, str):
        if value[:1] in "[{" and value:
            try:
                return orjson.dumps(orjson.loads(value), option=orjson.OPT_INDENT_2).decode()
            except ValueError:
                return value
        return value
    return orjson.dumps(value, default=str).decode()


PAGE = Page(path="/traces/{trace_id}", title="Trace", template="trace", view=view, in_menu=False)
