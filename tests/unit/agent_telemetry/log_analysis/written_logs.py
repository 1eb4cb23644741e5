"""Log files for tests of the analysis."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent_telemetry.clock import ManualClock
from agent_telemetry.log_analysis.analyzer import LogAnalyzer

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def stamp(seconds_ago: float = 0) -> str:
    """Return a time before now as records spell it."""
    return (NOW - timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record(ago: float = 1, **fields: Any) -> dict[str, Any]:
    """Return a record from so many seconds before now."""
    return {"timestamp": stamp(ago), "level": "INFO", **fields}


def request(ago: float = 1, **fields: Any) -> dict[str, Any]:
    """Return the record of a request's end."""
    return record(ago, event="request_end", **{"endpoint": "/chat", **fields})


def write(path: Path, *records: dict[str, Any] | bytes) -> Path:
    """Write lines: records, or bytes as they are; each with its end."""
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def analyzer(path: Path) -> LogAnalyzer:
    """Return an analyzer for which it is NOW."""
    return LogAnalyzer(path, clock=ManualClock(NOW.timestamp()))
