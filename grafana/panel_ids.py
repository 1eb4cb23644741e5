"""Ids of panels that something outside their dashboard points at.

Alerts link to panels by id, so an id is never given to another panel.
"""

PANEL_IDS: dict[str, dict[str, int]] = {
    "agent-performance-monitor": {
        "up": 1,
        "firing_alerts": 2,
        "requests": 3,
        "error_rate_now": 4,
        "p95_now": 5,
        "cache_hit_rate": 6,
        "cost_24h": 7,
        "tool_failures_now": 8,
        "qps_by_tenant": 10,
        "error_rate": 11,
        "p95": 12,
        "requests_by_status": 13,
        "cost_by_model": 20,
        "cost_by_tenant": 21,
        "tokens": 22,
        "model_latency": 23,
        "tool_failures": 30,
        "tool_latency": 31,
        "cache_by_tenant": 32,
        "pool": 33,
        "errors_by_type": 34,
        "logs": 40,
        "telemetry_dropped": 41,
        "telemetry_queue": 42,
    },
}
