"""Tables of the console's file, and the statements that write them."""

VERSION = 1

#: Times are microseconds since 1970 (UTC), durations microseconds, money units of 1e-12 USD.
#: ``seq`` tells the order of arrival: a page of a list goes on below the ``seq`` of its last row.
TABLES = """
CREATE TABLE IF NOT EXISTS traces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id TEXT NOT NULL UNIQUE,
    started INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    error_type TEXT NOT NULL,
    tenant TEXT NOT NULL,
    agent TEXT NOT NULL,
    request_id TEXT NOT NULL,
    models TEXT NOT NULL,
    tools TEXT NOT NULL,
    units INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL,
    spans INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_started ON traces (started);
CREATE INDEX IF NOT EXISTS traces_duration ON traces (duration);
CREATE INDEX IF NOT EXISTS traces_units ON traces (units);
CREATE INDEX IF NOT EXISTS traces_status ON traces (status);
CREATE INDEX IF NOT EXISTS traces_tenant ON traces (tenant);
CREATE INDEX IF NOT EXISTS traces_agent ON traces (agent);
CREATE INDEX IF NOT EXISTS traces_request ON traces (request_id);
CREATE TABLE IF NOT EXISTS spans (seq INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS logs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    level INTEGER NOT NULL,
    event TEXT NOT NULL,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    line TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS logs_time ON logs (time);
CREATE INDEX IF NOT EXISTS logs_event ON logs (event);
CREATE INDEX IF NOT EXISTS logs_tenant ON logs (tenant);
CREATE INDEX IF NOT EXISTS logs_request ON logs (request_id);
CREATE INDEX IF NOT EXISTS logs_trace ON logs (trace_id);
CREATE INDEX IF NOT EXISTS logs_warn ON logs (seq) WHERE level >= 30;
CREATE INDEX IF NOT EXISTS logs_error ON logs (seq) WHERE level >= 40;
CREATE TABLE IF NOT EXISTS sums (
    period TEXT NOT NULL,
    start INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    calls INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    units INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL,
    times TEXT NOT NULL,
    PRIMARY KEY (period, start, kind, name, parent)
) WITHOUT ROWID
"""

TRACE_COLUMNS = (
    "trace_id", "started", "duration", "name", "status", "error_type", "tenant", "agent",
    "request_id", "models", "tools", "units", "unpriced", "tokens_input", "tokens_output", "spans",
)  # fmt: skip
_NAMED = ", ".join(f":{column}" for column in TRACE_COLUMNS)
_CHANGED = ", ".join(f"{column} = excluded.{column}" for column in TRACE_COLUMNS[1:])
#: A later part of a trace takes the place of its row, which keeps its ``seq``.
PUT_TRACE = (
    f"INSERT INTO traces ({', '.join(TRACE_COLUMNS)}) VALUES ({_NAMED})"  # noqa: S608 -- our words
    f" ON CONFLICT (trace_id) DO UPDATE SET {_CHANGED} RETURNING seq"
)
PUT_SPANS = "INSERT OR REPLACE INTO spans (seq, packed) VALUES (?, ?)"
SPANS_OF = (
    "SELECT packed FROM spans WHERE seq = (SELECT seq FROM traces WHERE trace_id = ?)"
)  # fmt: skip

LOG_COLUMNS = ("time", "level", "event", "tenant", "request_id", "trace_id", "line")
PUT_LOG = f"INSERT INTO logs ({', '.join(LOG_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608

SUM_COLUMNS = (
    "calls", "failed", "micros", "units", "unpriced", "tokens_input", "tokens_output", "times",
)  # fmt: skip
KEY = "period = ? AND start = ? AND kind = ? AND name = ? AND parent = ?"
TIMES_OF = f"SELECT times FROM sums WHERE {KEY}"  # noqa: S608
NAMES_OF = "SELECT COUNT(*) FROM sums WHERE period = ? AND start = ? AND kind = ?"
_ADDED = ", ".join(f"{column} = {column} + excluded.{column}" for column in SUM_COLUMNS[:-1])
PUT_SUM = (
    f"INSERT INTO sums VALUES ({', '.join('?' * 13)})"  # noqa: S608
    " ON CONFLICT (period, start, kind, name, parent)"
    f" DO UPDATE SET {_ADDED}, times = excluded.times"
)
