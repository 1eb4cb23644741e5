"""What the log files tell, by a loop of plain Python: the reference for the engine."""

import gzip
import json
import math
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from agent_telemetry.percentile import percentile

ERRORS = {"ERROR", "FATAL", "CRITICAL"}
#: What the guides say of a request that is over.
ENDS = (["completed"], ["finished"], ["ended"], ["failed"])


class NaiveReader:
    """All records of some files.

    Attributes:
        lines: lines with something in them.
        records: those that are records with a time.
    """

    def __init__(self, *paths: Path) -> None:
        self.lines = 0
        self.records: list[dict[str, Any]] = []
        for path in paths:
            content = path.read_bytes()
            if content.startswith(b"\x1f\x8b"):
                content = gzip.decompress(content)
            for line in content.split(b"\n"):
                if line.strip():
                    self.lines += 1
                    record = read(line)
                    if record is not None:
                        self.records.append(record)

    def errors(self, since: datetime) -> Counter[str]:
        """Errors by type."""
        return Counter(
            _error_type(each)
            for each in self.records
            if when(each) >= since and str(each.get("level")).upper() in ERRORS
        )

    def requests(self, since: datetime) -> dict[str, list[float | None]]:
        """Seconds of every request by endpoint, None where there is no time."""
        found: dict[str, list[float | None]] = {}
        for each in self.records:
            if when(each) >= since and _is_request(each):
                found.setdefault(text(each.get("endpoint")) or "unknown", []).append(_seconds(each))
        return found


def read(line: bytes) -> dict[str, Any] | None:
    """Return a line's record, None for a line that is none."""
    try:
        record = orjson.loads(line)
        when(record)
    except (ValueError, TypeError, KeyError):
        return None
    return record


def when(record: dict[str, Any]) -> datetime:
    """Return a record's time, UTC where it has no zone."""
    moment = datetime.fromisoformat(record["timestamp"])
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def text(value: Any) -> str:
    """Return a value as the text that stands in the line."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def nearest_rank(times: list[float | None], percent: float) -> float:
    """Return a percentile of the times that are there."""
    there = sorted(each for each in times if each is not None)
    return percentile(there, percent) if there else 0.0


def _error_type(record: dict[str, Any]) -> str:
    named = text(record.get("error_type"))
    exception = record.get("exception")
    if not named and isinstance(exception, dict):
        named = text(exception.get("type"))
    return named or "Unknown"


def _is_request(record: dict[str, Any]) -> bool:
    """Say whether it is a request's end: by its event, or by what writers without events put in."""
    if record.get("event") is not None:
        return bool(record["event"] == "request_end")
    if record.get("tool_name") is not None or record.get("model") is not None:
        return False
    timed = any(record.get(name) is not None for name in ("duration_seconds", "duration"))
    first = text(record.get("message")).lower()[:20].split(" ", 2)
    return timed or (first[0] == "request" and first[1:2] in ENDS)


def _seconds(record: dict[str, Any]) -> float | None:
    for name in ("duration_seconds", "duration"):
        value = record.get(name)
        try:
            found = float(value) if isinstance(value, str | int | float) else None
        except ValueError:
            found = None
        if found is not None and not isinstance(value, bool):
            return found if math.isfinite(found) and found >= 0 else None
    return None
