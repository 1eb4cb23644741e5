"""The overview: traffic, latency, errors, cost, budgets, tokens and cache, live."""

from typing import Any

from agent_telemetry.console.chart import Chart, chart
from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.alerts import look
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import sums_reading, trace_reading
from agent_telemetry.console.store.totals import Totals
from agent_telemetry.console.store.trace_reading import TraceFilter
from agent_telemetry.console.wording import axis_money, count, duration

_KINDS = ("request", "model", "cache", "error", "agent")
_ERRORS_SHOWN = 8


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return the totals of the window, its charts, and what was spent today."""
    window = query.window
    start = window.start(query.now)
    with console.store.database.read() as connection:
        rows = sums_reading.by_name(connection, *window.summed(query.now), _KINDS)
        slots = sums_reading.along(
            connection, window.period, start, window.step, ("request", "model")
        )
        failed = trace_reading.page(connection, TraceFilter(status="failing"))
    totals = {kind: Totals() for kind in _KINDS}
    for (kind, _, _), each in rows.items():
        totals[kind].merge(each)
    hits = sum(each.calls for key, each in rows.items() if key[:2] == ("cache", "hit"))
    starts = window.starts(query.now)
    errors = [(name, where, each) for (kind, name, where), each in rows.items() if kind == "error"]
    stack = console.stack
    return {
        "requests": totals["request"],
        "models": totals["model"],
        "agents": totals["agent"],
        "cache_calls": totals["cache"].calls,
        "cache_rate": hits / totals["cache"].calls if totals["cache"].calls else None,
        "rate": totals["request"].calls / max(1.0, query.now / 60 - start),
        "charts": _charts(starts, slots, window.per),
        "errors": errors[:_ERRORS_SHOWN],
        "failed": failed.rows[:_ERRORS_SHOWN],
        "today": stack.ledger.spent_today(),
        "budgets": stack.budgets.report(),
        "alerts": [
            (each, look(each["name"], query))
            for each in stack.alerts.state()
            if each["state"] == "firing"
        ],
        "evaluating": stack.alerts.report()["evaluating"],
    }


def _charts(starts: list[int], slots: dict[tuple[int, str], Totals], per: str) -> list[Chart]:
    nothing = Totals()
    requests = [slots.get((start, "request"), nothing) for start in starts]
    models = [slots.get((start, "model"), nothing) for start in starts]
    return [
        chart(
            "traffic",
            f"Requests per {per}",
            starts,
            {
                "requests": [each.calls for each in requests],
                "failed": [each.failed for each in requests],
            },
            count,
        ),
        chart(
            "latency",
            "Latency of requests",
            starts,
            {f"P{share}": [each.percentile(share) for each in requests] for share in (50, 95, 99)},
            duration,
            lines=True,
        ),
        chart(
            "cost", f"Cost per {per}", starts, {"cost": [each.units for each in models]},
            axis_money,
        ),
        chart(
            "tokens",
            f"Tokens per {per}",
            starts,
            {
                "input": [each.tokens_input for each in models],
                "output": [each.tokens_output for each in models],
            },
            count,
            stacked=True,
        ),
    ]  # fmt: skip


PAGE = Page(
    path="/", title="Overview", key="o", template="overview", view=view, seconds=3.0, windowed=True
)
