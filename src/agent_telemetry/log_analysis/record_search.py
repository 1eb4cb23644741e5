"""Search for whole records, as they were written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from agent_telemetry.log_analysis.error_report import Counted
from agent_telemetry.log_analysis.log_files import LogFiles
from agent_telemetry.log_analysis.record_columns import moment
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.scan import Scan

_ASKED = (
    "timestamp", "level", "agent_id", "template_id", "tenant_id", "request_id", "trace_id",
    "user_id", "event",
)  # fmt: skip
_PATHS = ", ".join(f"'$.{name}'" for name in _ASKED)


@dataclass(slots=True)
class Found:
    """What a search found so far.

    Attributes:
        lines: lines that were looked at.
        broken: those of them that are no records.
        records: records found; with a limit the newest are given.
        files: what was read, and what could not be.
    """

    lines: int = 0
    broken: int = 0
    records: int = 0
    files: LogFiles = field(default_factory=LogFiles)

    def told(self) -> dict[str, Any]:
        """Return it as fields of a report."""
        return {"records": self.records, **Counted(self.lines, self.broken, self.files).told()}


def newest(scan: Scan, wanted: RecordFilter, limit: int) -> tuple[list[dict[str, Any]], Found]:
    """Return the newest records that are asked for, in the order of their times."""
    parsed, condition, values = _parsed(wanted)

    def query(source: str) -> str:
        return f"""
            SELECT count(*), count(*) FILTER (WHERE moment IS NULL), count(*) FILTER (WHERE asked),
                max_by({{moment: moment, json: json}}, moment, {int(limit)}) FILTER (WHERE asked)
            FROM (SELECT *, {condition} AS asked FROM ({parsed(source)}))"""  # noqa: S608 -- written here; values are parameters

    rows, files = scan.rows(None, query, values)
    found = Found(files=files)
    if not rows:
        return [], found
    found.lines, found.broken, found.records, top = rows[0]
    top = sorted(top or (), key=lambda each: each["moment"])
    return [record for each in top if (record := _read(each["json"])) is not None], found


def every(scan: Scan, wanted: RecordFilter, found: Found) -> Iterator[dict[str, Any]]:
    """Yield all records that are asked for, file by file, while they are read.

    Args:
        scan: where.
        wanted: what is asked for.
        found: is counted up.
    """
    parsed, condition, values = _parsed(wanted)

    def query(source: str) -> str:
        # A row a line, so that broken ones are counted; most rows are two empty values.
        return f"""
            SELECT moment IS NULL, CASE WHEN {condition} THEN json END
            FROM ({parsed(source)})"""  # noqa: S608 -- written here; values are parameters

    with LogFiles.of(scan.path) as found.files:
        for batch in scan.stream(found.files, query, values):
            for broken, text in batch:
                found.lines += 1
                found.broken += broken
                record = _read(text) if text is not None else None
                if record is not None:
                    found.records += 1
                    yield record


def _parsed(wanted: RecordFilter) -> Any:
    """Return what makes the SQL of lines with their time, the condition and its values."""

    def column(name: str) -> str:
        return f"field[{_ASKED.index(name) + 1}]"

    def parsed(source: str) -> str:
        return f"""
            SELECT json, field, {moment("field[1]")} AS moment
            FROM (SELECT json, json_extract_string(json, [{_PATHS}]) AS field FROM {source})"""  # noqa: S608

    condition, values = wanted.condition(column)
    return parsed, condition, values


def _read(text: str) -> dict[str, Any] | None:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None
