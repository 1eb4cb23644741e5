"""Diagnostics of the service, and how its telemetry is: queues, drops, exports, faults."""

from typing import Any

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query

_OVERFLOW = "telemetry_label_overflow_total"
#: The diagnostic report's checks in words.
_CHECKS = {
    "pool": "The pool has room for another agent",
    "memory": "Memory is below 2 GiB",
    "error_rate": "Fewer than 10 % of the requests fail",
}


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return the diagnostic report, readiness, and the telemetry's own numbers."""
    stack = console.stack
    report = stack.diagnostics.report()
    telemetry = report["telemetry"]
    exports = telemetry.get("last_export_timestamp_seconds", {})
    database = console.store.database
    with database.read() as connection:
        kept = {
            table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("traces", "logs")
        }
        size = database.size(connection)
    depth, capacity = telemetry.get("queue_depth", {}), telemetry.get("queue_capacity", {})
    stats = stack.diagnostics.stats()
    return {
        "report": report,
        "checks": _checks(report["health"]["checks"], stack.ready.report()),
        "errors": stats["errors"],
        "system": stats["system"],
        "queues": [(name, waiting, capacity.get(name)) for name, waiting in sorted(depth.items())],
        "exports": [(name, query.now - when) for name, when in sorted(exports.items()) if when],
        "export_failures": telemetry.get("export_failures_total", {}),
        "dropped": telemetry["dropped"],
        "faults": telemetry["faults"],
        "overflow": _overflow(stack.registry),
        "kept": kept,
        "size": size,
        "bounds": console.store.bounds,
        "on_file": database.path is not None,
    }


def _checks(health: dict[str, bool], ready: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return what is checked, in words, and whether it holds."""
    told = [(_CHECKS.get(name, name), bool(holds)) for name, holds in health.items()]
    return told + [(f"Ready: {name}", bool(holds)) for name, holds in ready.items()]


def _overflow(registry: Any) -> dict[str, float]:
    return {
        "/".join(sample.labels.values()): sample.value
        for family in registry.restricted_registry([_OVERFLOW]).collect()
        for sample in family.samples
        if sample.name == _OVERFLOW and sample.value
    }


PAGE = Page(path="/health", title="Health", key="h", template="health", view=view)
