"""Reports as text for people."""

from collections.abc import Iterator
from typing import Any

from agent_telemetry.log_analysis.text_table import plain, table

_TIMES = ("avg", "p50", "p95", "p99", "max")
_IDS = ("request_id", "trace_id", "tenant_id", "agent_id", "endpoint")


def error_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what ``analyze_errors`` returned."""
    yield _many(report["total_errors"], "error")
    if report["total_errors"]:
        yield ""
        yield from table(("error type", "errors"), report["error_types"].items())
        yield ""
        yield from table(("tenant", "errors"), report["tenants"].items())
        yield ""
        yield "The last ones:"
        for each in report["recent_errors"]:
            yield record_line(each)
    yield from _read(report)


def request_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what ``get_request_stats`` returned."""
    yield f"{_many(report['total_requests'], 'request')}, {report['failed_requests']} failed"
    if report["total_requests"]:
        yield ""
        every = {
            **report["endpoints"],
            "all": {
                **report,
                "count": report["total_requests"],
                "failed": report["failed_requests"],
            },
        }
        yield from table(
            ("endpoint", "requests", "failed", *(f"{each} s" for each in _TIMES)),
            [
                (name, of["count"], of["failed"], *(round(of[f"{t}_duration"], 3) for t in _TIMES))
                for name, of in every.items()
            ],
        )
    yield from _read(report)


def cost_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what ``get_cost_stats`` returned."""
    unpriced = report["unpriced_calls"]
    yield (
        f"{_dollars(report)} for {_many(report['total_calls'], 'model call')}"
        + (f", {unpriced} without a cost: no price of the model, or failed" if unpriced else "")
    )
    for name in ("model", "tenant") if report["total_calls"] else ():
        yield ""
        yield from table(
            (name, "calls", "without cost", "tokens in", "tokens out", "USD", "share %"),
            [
                (
                    each, of["calls"], of["unpriced_calls"], of["tokens_input"],
                    of["tokens_output"], *_cost_and_share(of, report),
                )
                for each, of in report[f"{name}s"].items()
            ],
        )  # fmt: skip
    yield from _read(report)


def record_line(record: dict[str, Any]) -> str:
    """Return a record as one line."""
    parts = [record.get(name) for name in ("timestamp", "level", "event", "error_type", "message")]
    ids = [f"{name}={record[name]}" for name in _IDS if record.get(name)]
    return plain("  ".join(str(part) for part in [*parts, *ids] if part), most=1000)


def search_lines(report: dict[str, Any], shown: int) -> Iterator[str]:
    """Yield what a search says at its end."""
    found = report["records"]
    if shown < found:
        yield f"{found} records, the last {shown} shown: --limit N shows more, --limit 0 all"
    else:
        yield _many(found, "record")
    yield from _read(report)


def _read(report: dict[str, Any]) -> Iterator[str]:
    yield ""
    files, lines, broken = (report[name] for name in ("files", "lines", "broken_lines"))
    told = f"{_many(files, 'file')}, {_many(lines, 'line')}"
    yield told + (f", {broken} of them broken: no JSON record with a time" if broken else "")
    for path, why in report["unreadable_files"].items():
        yield f"not read: {plain(path)}: {plain(why, most=300)}"


def _dollars(report: dict[str, Any]) -> str:
    cost = report["total_cost_usd"]
    return "an unknown sum" if cost is None else f"${cost:.4f}"


def _cost_and_share(of: dict[str, Any], report: dict[str, Any]) -> tuple[float | None, ...]:
    cost, whole = of["cost_usd"], report["total_cost_usd"]
    if cost is None:
        return None, None
    return round(cost, 4), round(100 * cost / whole, 1) if whole else None


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
