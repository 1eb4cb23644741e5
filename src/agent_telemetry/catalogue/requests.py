"""Families about requests, caches and who is there."""

from agent_telemetry.metrics.family import Family

REQUEST_STATUS = ("success", "client_error", "rejected", "error")

REQUESTS = (
    Family(
        "agent_requests_total", "counter",
        "Requests to the agent; error = 5xx or time-out, rejected = 429.",
        ("method", "endpoint", "status", "tenant_id"), closed={"status": REQUEST_STATUS},
    ),
    Family(
        "agent_request_duration_seconds", "histogram", "Time of one request to its last byte.",
        ("method", "endpoint", "tenant_id"), "seconds", (0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10),
    ),
    Family("agent_active_connections", "gauge", "Requests in flight."),
    Family(
        "agent_cache_requests_total", "counter", "Cache look-ups.",
        ("cache_type", "tenant_id", "result"), closed={"result": ("hit", "miss")},
    ),
    Family(
        "agent_cache_hit_rate", "gauge", "Share of look-ups that hit, over the last 5 minutes.",
        ("cache_type",), "percent", scraped=True,
    ),
    Family(
        "agent_concurrent_users", "gauge", "Distinct users of the last 5 minutes.", scraped=True
    ),
    Family(
        "agent_active_tenants", "gauge", "Distinct tenants of the last 5 minutes.", scraped=True
    ),
    Family(
        "http_requests_total", "counter", "HTTP requests by status code.",
        ("method", "endpoint", "status"),
    ),
    Family(
        "http_request_duration_seconds", "histogram", "Time of one HTTP request.",
        ("method", "endpoint"), "seconds", (0.1, 0.5, 1, 2, 5, 10),
    ),
    Family(
        "errors_total", "counter",
        "Requests that failed (5xx), by exception class or else by status.",
        ("error_type", "endpoint"),
    ),
)  # fmt: skip
