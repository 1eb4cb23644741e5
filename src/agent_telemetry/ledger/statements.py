"""The SQL of the ledger."""

from agent_telemetry.ledger.pending import MOST_UNITS

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spend (
    period TEXT NOT NULL,
    start INTEGER NOT NULL,
    dimension TEXT NOT NULL,
    key TEXT NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (period, start, dimension, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dearest_users ON spend (start, units)
    WHERE period = 'day' AND dimension = 'user';
CREATE TABLE IF NOT EXISTS users (user TEXT PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS users_by_day ON users (day);
CREATE TABLE IF NOT EXISTS warned (
    budget TEXT NOT NULL,
    start INTEGER NOT NULL,
    key TEXT NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (budget, start, key, percent)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workers (name TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
"""

ADD = f"""
INSERT INTO spend VALUES (:period, :start, :dimension, :key, :units)
ON CONFLICT DO UPDATE SET units =
    CASE WHEN units > {MOST_UNITS} - excluded.units THEN {MOST_UNITS}
    ELSE units + excluded.units END
"""  # noqa: S608 -- a constant of our own
SEEN = """
INSERT INTO users VALUES (?, ?)
ON CONFLICT DO UPDATE SET day = excluded.day WHERE excluded.day > day
"""
HERE = "INSERT INTO workers VALUES (?, ?) ON CONFLICT DO UPDATE SET seen = excluded.seen"
WORKERS = "SELECT COUNT(*) FROM workers WHERE seen >= ?"
KNOWN = "SELECT 1 FROM spend WHERE period = ? AND start = ? AND dimension = ? AND key = ?"
COUNT = "SELECT COUNT(*) FROM spend WHERE period = ? AND start = ? AND dimension = ?"
UNITS = "SELECT units FROM spend WHERE period = ? AND start = ? AND dimension = ? AND key = ?"
ALL_OF = "SELECT key, units FROM spend WHERE period = ? AND start = ? AND dimension = ?"
AT_LEAST = """
INSERT INTO spend VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET units = MAX(units, excluded.units)
"""
MOST = """
SELECT COALESCE(MAX(units), 0) FROM spend
WHERE period = ? AND start = ? AND dimension = ? AND key <> 'other'
"""
DEAREST = """
SELECT key, units FROM spend
WHERE period = 'day' AND dimension = 'user' AND start = ? AND key <> 'other'
ORDER BY units DESC, key LIMIT ?
"""
