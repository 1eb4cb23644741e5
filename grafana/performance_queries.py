"""Queries that several panels of the "Agent Performance Monitor" share."""

from grafana.panel_ids import PANEL_IDS

UID = "agent-performance-monitor"
ID = PANEL_IDS[UID]
SERVICE = 'service=~"$service"'
OF_TENANT = f'{SERVICE}, tenant_id=~"$tenant"'
NO_TRAFFIC = "no traffic"

REQUESTS = f"sum by (service) (rate(agent_requests_total{{{OF_TENANT}}}[5m]))"
ERRORS = f'sum by (service) (rate(agent_requests_total{{{OF_TENANT}, status="error"}}[5m]))'
ERROR_RATIO = f"({ERRORS} or {REQUESTS} * 0) / ({REQUESTS} > 0)"
P95 = (
    "histogram_quantile(0.95, sum by (le, service) "
    f"(rate(agent_request_duration_seconds_bucket{{{OF_TENANT}}}[5m])))"
)


def hit_ratio(by: str) -> str:
    """Return the share of cache look-ups that were hits, by a label."""
    lookups = f"sum by ({by}) (rate(agent_cache_requests_total{{{OF_TENANT}}}[5m]))"
    hits = f'sum by ({by}) (rate(agent_cache_requests_total{{{OF_TENANT}, result="hit"}}[5m]))'
    return f"({hits} or {lookups} * 0) / ({lookups} > 0)"
