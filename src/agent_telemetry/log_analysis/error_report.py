"""Errors of the log files: how many, of which types, and the last ten."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from agent_telemetry.log_analysis.log_files import LogFiles
from agent_telemetry.log_analysis.record_columns import (
    ERROR_COLUMNS,
    ERROR_TYPE,
    IS_ERROR,
    moment,
    one_spelling,
)
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.scan import Scan

_LAST = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CHARACTERS = 32_768
_SHOWN = tuple(name for name in ERROR_COLUMNS if name not in {"timestamp", "error_type"})


@dataclass(frozen=True, slots=True)
class Counted:
    """What was read.

    Attributes:
        lines: lines with something in them.
        broken: those of them that are no records.
        files: what was read, and what could not be.
    """

    lines: int
    broken: int
    files: LogFiles

    def told(self) -> dict[str, Any]:
        """Return it as fields of a report."""
        return {
            "lines": self.lines,
            "parsed_lines": self.lines - self.broken,
            "broken_lines": self.broken,
            "files": len(self.files.plain) + len(self.files.compressed),
            "unreadable_files": self.files.unreadable,
        }


def errors(scan: Scan, wanted: RecordFilter) -> dict[str, Any]:
    """Return the errors that are asked for, in one pass and in bounded memory."""
    condition, values = wanted.condition()
    shown = ", ".join(f"{name}: left({name}, {_MOST_CHARACTERS})" for name in _SHOWN)

    # CASE, because the engine works out only there what is asked for and nothing for other lines.
    def query(source: str) -> str:
        return f"""
            SELECT kind, event, tenant, count(*), count(*) FILTER (WHERE moment IS NULL),
                max_by(CASE WHEN kind IS NOT NULL THEN {{moment: moment, {shown}}} END,
                    moment, {_LAST}) FILTER (WHERE kind IS NOT NULL)
            FROM (
                SELECT * REPLACE (CASE WHEN kind IS NOT NULL THEN event END AS event),
                    CASE WHEN kind IS NOT NULL THEN left(tenant_id, 200) END AS tenant
                FROM (
                    SELECT *, CASE WHEN {IS_ERROR} AND {condition}
                        THEN left({ERROR_TYPE}, 200) END AS kind
                    FROM (SELECT *, {moment()} AS moment FROM {source})
                )
            )
            GROUP BY ALL"""  # noqa: S608 -- all of it is written here; values are parameters

    rows, files = scan.rows(ERROR_COLUMNS, query, values)
    types, events, tenants = Counter[str](), Counter[str](), Counter[str]()
    last: list[dict[str, Any]] = []
    lines = broken = 0
    for kind, event, tenant, count, without_time, newest in rows:
        lines += count
        broken += without_time
        if kind is not None:
            types[kind] += count
            events[event or "unknown"] += count
            tenants[tenant or "unknown"] += count
            last += [{**each, "error_type": kind} for each in newest]
    last.sort(key=lambda each: each["moment"])
    return {
        "total_errors": types.total(),
        "error_types": _by_count(types),
        "recent_errors": [_told(each) for each in last[-_LAST:]],
        "events": _by_count(events),
        "tenants": _by_count(tenants),
        **Counted(lines, broken, files).told(),
    }


def _by_count(found: Counter[str]) -> dict[str, int]:
    """Return counts by name, the most frequent first."""
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _told(record: dict[str, Any]) -> dict[str, Any]:
    """Return an error as fields; the empty ones are left out."""
    out: dict[str, Any] = {
        "timestamp": rfc3339(record["moment"]),
        "level": one_spelling(record["level"]),
        "error_type": record["error_type"],
    }
    out.update({name: record[name] for name in _SHOWN if name not in out and record[name]})
    if "exception" in out:
        # A text of another writer, or one that was cut off, is told as it is.
        with suppress(orjson.JSONDecodeError):
            out["exception"] = orjson.loads(out["exception"])
    return out


def rfc3339(microseconds: int) -> str:
    """Return a time in microseconds since 1970 as records spell it."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
