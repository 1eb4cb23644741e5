"""The columns of a log record that analysis reads, and what is made of them in SQL.

Every column is read as text, so that a field that is a number in one line and a text or an object
in the next is no error.
"""

from agent_telemetry.logs.levels import level_name, level_number

#: Columns of an error: what is shown of it, and what filters ask for.
ERROR_COLUMNS = (
    "timestamp", "level", "logger", "message", "event", "error_type", "exception", "endpoint",
    "request_id", "trace_id", "tenant_id", "user_id", "agent_id", "template_id", "tool_name",
    "model",
)  # fmt: skip
#: Columns of a request's end.
REQUEST_COLUMNS = (
    "timestamp", "level", "message", "event", "endpoint", "status", "duration_seconds", "duration",
    "request_id", "trace_id", "tenant_id", "user_id", "agent_id", "template_id", "tool_name",
    "model",
)  # fmt: skip

#: Columns of a model call.
COST_COLUMNS = (
    "timestamp", "level", "event", "model", "tokens_input", "tokens_output", "cost_usd",
    "request_id", "trace_id", "tenant_id", "user_id", "agent_id", "template_id",
)  # fmt: skip

#: Seconds; the guides' ``duration`` is read too.
SECONDS = "coalesce(try_cast(duration_seconds AS DOUBLE), try_cast(duration AS DOUBLE))"

_FIRST, _LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
_SPELLINGS = ("TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL")


def moment(column: str = "timestamp") -> str:
    """Return the SQL of when a record was, in microseconds since 1970.

    It is NULL for a line that is no record: no JSON object (there the engine returns NULL in every
    column), or no time (RFC 3339; UTC where it has no zone) of the years 1 to 9999.
    """
    time = f"try_cast({column} AS TIMESTAMPTZ)"
    return f"epoch_us(CASE WHEN {time} BETWEEN '{_FIRST}' AND '{_LAST}' THEN {time} END)"


def spellings(level: str) -> list[str]:
    """Return every spelling of a level that a record may have.

    Raises:
        ValueError: there is no such level.
    """
    number = level_number(level)
    if number is None:
        accepted = ", ".join(_SPELLINGS)
        raise ValueError(f"{level!r} is no level; accepted: {accepted}")
    return [each for each in _SPELLINGS if level_number(each) == number]


def one_spelling(level: str | None) -> str:
    """Return a record's level as all records of this library spell it."""
    number = level_number(level) if level else None
    return level_name(number) if number is not None else level or ""


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


#: A line of the levels ERROR and FATAL.
IS_ERROR = f"upper(level) IN ({_quoted([*spellings('ERROR'), *spellings('FATAL')])})"
#: The end of a request: its start is the same request. Records of other writers have no event:
#: there a time that is not a tool's or a model's, or the words of the guides, tell an end.
IS_REQUEST = """CASE WHEN event = 'request_end' THEN true
    WHEN event IS NULL AND tool_name IS NULL AND model IS NULL
        AND (duration_seconds IS NOT NULL OR duration IS NOT NULL
             OR regexp_matches(left(message, 20), '^request (complet|finish|end|fail)ed', 'i'))
    THEN true ELSE false END"""
#: The end of a model call. Records of other writers have no event: there a model tells it.
IS_MODEL_CALL = """CASE WHEN event IN ('llm_end', 'embedding_end') THEN true
    WHEN event IS NULL AND model IS NOT NULL THEN true ELSE false END"""
#: US dollars; what is no cost, such as a negative one, counts as none.
COST = """CASE WHEN try_cast(cost_usd AS DOUBLE) >= 0 AND isfinite(try_cast(cost_usd AS DOUBLE))
    THEN try_cast(cost_usd AS DOUBLE) END"""
TOKENS_INPUT, TOKENS_OUTPUT = (
    f"CASE WHEN try_cast({name} AS BIGINT) >= 0 THEN try_cast({name} AS BIGINT) END"
    for name in ("tokens_input", "tokens_output")
)
FAILED = "(status = 'error' OR try_cast(status AS INTEGER) BETWEEN 500 AND 599)"
ERROR_TYPE = """coalesce(nullif(error_type, ''),
    CASE WHEN json_valid(exception) THEN exception ->> '$.type' END, 'Unknown')"""
ENDPOINT = "coalesce(nullif(endpoint, ''), 'unknown')"
