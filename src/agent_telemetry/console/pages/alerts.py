"""Alerts: which fire now, the rules behind them, what happened before, and where to look."""

from datetime import datetime
from typing import Any

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.pages.paging import paged
from agent_telemetry.console.query import Query

_CHANGES_SHOWN = 20
#: Labels that are shown otherwise, or are the same for all.
_TOLD_ELSEWHERE = frozenset({"alertname", "severity", "service"})
#: Alerts → the page, its filters, and words for the link to what they are about.
_SLOWEST = ("/traces", {"order": "slowest"}, "the slowest traces")
_DEAREST = ("/traces", {"order": "dearest"}, "the dearest traces")
_FAILING = ("/traces", {"status": "failing"}, "traces with errors")
_LOOK = {
    "HighErrorRate": _FAILING,
    "APICallFailures": _FAILING,
    "SlowRequests": _SLOWEST,
    "SlowResponse": _SLOWEST,
    "ToolLoop": _SLOWEST,
    "HighAPICost": _DEAREST,
    "DailyCostExceeded": _DEAREST,
    "HighTokenUsage": _DEAREST,
    "BudgetNearlySpent": _DEAREST,
    "UnpricedModel": ("/models", {}, "models and their cost"),
    "LowCacheHitRate": ("/", {}, "cache hits on the overview"),
    "PoolNearCapacity": ("/health", {}, "pool and checks"),
    "HighMemoryUsage": ("/health", {}, "memory and checks"),
    "AuditGap": ("/health", {}, "checks and faults"),
    "TelemetryDropping": ("/health", {}, "queues and losses"),
    "TelemetryFault": ("/health", {}, "faults"),
}
_ANY = ("/logs", {"level": "WARN"}, "warnings and errors in the logs")


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return the alerts' states, their history and the rules."""
    report = console.stack.alerts.report()
    page_of = paged(report["history"], query, _CHANGES_SHOWN)
    return {
        **report,
        "firing": sum(each["state"] == "firing" for each in report["alerts"]),
        "alerts": [_shown(each, query) for each in report["alerts"]],
        "history": [{**each, "moment": _micros(each["timestamp"])} for each in page_of.rows],
        "page_of": page_of,
    }


def look(name: str, query: Query) -> tuple[str, str]:
    """Return where to look when an alert fires: an address and what is there."""
    path, filters, words = _LOOK.get(name, _ANY)
    return query.link(path, **filters), words


def _shown(alert: dict[str, Any], query: Query) -> dict[str, Any]:
    address, words = look(alert["name"], query)
    labels = alert["labels"].items()
    return {
        **alert,
        "moment": _micros(alert["since"]),
        "seconds": query.now - _micros(alert["since"]) / 1e6,
        "told": ", ".join(f"{key} {value}" for key, value in labels if key not in _TOLD_ELSEWHERE),
        "look": address,
        "look_words": words,
    }


def _micros(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1e6)


PAGE = Page(path="/alerts", title="Alerts", key="a", template="alerts", view=view, seconds=2.0)
