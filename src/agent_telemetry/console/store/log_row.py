"""A log line as a row of the console: what the list of lines filters by."""

from datetime import datetime

import orjson

from agent_telemetry.logs.levels import level_number

#: time in microseconds since 1970, level's number, event, tenant, request, trace, the line
LogRow = tuple[int, int, str, str, str, str, str]


def log_row(line: str) -> LogRow:
    """Return the columns of a line that the JSON formatter made.

    Raises:
        ValueError: it is no line of the formatter.
    """
    told = orjson.loads(line)
    moment = datetime.fromisoformat(told["timestamp"])
    text = [str(told.get(name, "")) for name in ("event", "tenant_id", "request_id", "trace_id")]
    return (
        round(moment.timestamp() * 1e6),
        level_number(told["level"]) or 0,
        *(text[0], text[1], text[2], text[3]),
        line,
    )
