"""The statements of the history."""

_COLUMNS = """
    (fingerprint, starts_at, alertname, severity, service, scope, state, ended_at, last_at,
"""
_NEWS = """
    alertname = excluded.alertname, severity = excluded.severity, service = excluded.service,
    scope = excluded.scope, ended_at = excluded.ended_at, last_at = excluded.last_at,
"""

# An alert that begins or ends once more counts its arrivals anew.
STORE_FIRING = f"""
INSERT INTO alert {_COLUMNS} firing_first, firing_last, firing_count, firing_body)
VALUES (:fingerprint, :starts_at, :alertname, :severity, :service, :scope, 'firing', NULL, :now,
        :now, :now, 1, :body)
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET {_NEWS}
    firing_first = CASE WHEN state = 'resolved' OR firing_first IS NULL
                   THEN excluded.firing_first ELSE firing_first END,
    firing_count = CASE WHEN state = 'resolved' THEN 1 ELSE firing_count + 1 END,
    firing_last = excluded.firing_last, firing_body = excluded.firing_body, state = 'firing'
"""  # noqa: S608 -- its own text

STORE_RESOLVED = f"""
INSERT INTO alert {_COLUMNS} resolved_first, resolved_last, resolved_count, resolved_body)
VALUES (:fingerprint, :starts_at, :alertname, :severity, :service, :scope, 'resolved', :ended_at,
        :now, :now, :now, 1, :body)
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET {_NEWS}
    resolved_first = CASE WHEN state <> 'resolved' OR resolved_first IS NULL
                     THEN excluded.resolved_first ELSE resolved_first END,
    resolved_count = CASE WHEN state <> 'resolved' THEN 1 ELSE resolved_count + 1 END,
    resolved_last = excluded.resolved_last, resolved_body = excluded.resolved_body,
    state = 'resolved'
"""  # noqa: S608

# Alertmanager holds one alert of a fingerprint: another that still fires here missed its end. An
# end says nothing about what began after it. The `+` keeps SQLite from reading all that fires.
SUPERSEDE = """
UPDATE alert SET state = 'lost', ended_at = :now
WHERE fingerprint = :fingerprint AND starts_at <> :starts_at AND +state = 'firing'
    AND (:status = 'firing' OR starts_at <= :ended_at)
"""
EXPIRE = """
UPDATE alert SET state = 'lost', ended_at = :now WHERE state = 'firing' AND last_at < :cutoff
"""

TRIM_OLD = "DELETE FROM alert WHERE last_at < ?"
TRIM_MANY = """
DELETE FROM alert WHERE number IN (
    SELECT number FROM alert ORDER BY state = 'firing' DESC, last_at DESC, number DESC
    LIMIT -1 OFFSET ?
)
"""

ENTRIES = """
SELECT body, first, last, times FROM (
    SELECT firing_body AS body, firing_first AS first, firing_last AS last,
           firing_count AS times, 'firing' AS status, alertname, number
    FROM alert WHERE firing_body IS NOT NULL
    UNION ALL
    SELECT resolved_body, resolved_first, resolved_last, resolved_count, 'resolved', alertname,
           number
    FROM alert WHERE resolved_body IS NOT NULL
)
WHERE (:alertname IS NULL OR alertname = :alertname) AND (:status IS NULL OR status = :status)
ORDER BY last DESC, number DESC, status DESC
LIMIT :limit OFFSET :offset
"""

# Watchdog is the light on the page and no alert that anybody is called for.
_CHOSEN = """
    alertname <> 'Watchdog' AND (:service = '' OR service = :service)
    AND (:severity = '' OR severity = :severity)
    AND (:name = '' OR instr(lower(alertname), lower(:name)) > 0)
"""
_ENDED = "state <> 'firing' AND ended_at >= :since"
_EPISODE = """
SELECT coalesce(CASE WHEN state = 'resolved' THEN resolved_body ELSE firing_body END,
                resolved_body), state, ended_at, last_at, firing_count
FROM alert
"""
FIRING = f"""
{_EPISODE} WHERE state = 'firing' AND {_CHOSEN}
ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'info' THEN 2 ELSE 3 END,
         severity, service, alertname, scope, starts_at, number
LIMIT :limit OFFSET :offset
"""
OVER = f"""
{_EPISODE} WHERE {_ENDED} AND {_CHOSEN}
ORDER BY ended_at DESC, number DESC LIMIT :limit OFFSET :offset
"""
COUNT_FIRING = f"SELECT count(*) FROM alert WHERE state = 'firing' AND {_CHOSEN}"  # noqa: S608
COUNT_OVER = f"SELECT count(*) FROM alert WHERE {_ENDED} AND {_CHOSEN}"  # noqa: S608
BY_SEVERITY = """
SELECT severity, count(*) FROM alert WHERE state = 'firing' AND alertname <> 'Watchdog'
GROUP BY severity
"""
BY_NAME = "SELECT alertname, count(*) FROM alert WHERE state = 'firing' GROUP BY alertname"
KNOWN = {
    column: f"""
    SELECT DISTINCT {column} FROM alert WHERE {column} <> '' AND alertname <> 'Watchdog'
    ORDER BY {column} LIMIT 200
    """  # noqa: S608
    for column in ("service", "severity")
}
