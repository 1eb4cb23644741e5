"""PromQL that several dashboards share. It reads recorded series where their labels are enough.

Windows are the 5 minutes of the guides and of the alerts, so that a panel and the alert that names
it show the same number; what has no alert uses Grafana's ``$__rate_interval``.
"""

SERVICE = 'service=~"$service"'
OF_TENANT = f'{SERVICE}, tenant_id=~"$tenant"'
OF_MODEL = f'{SERVICE}, model=~"$model"'
OF_TEMPLATE = f'{SERVICE}, template_id=~"$template"'
NO_TRAFFIC = "no traffic"
#: What the outcomes of requests look like everywhere.
STATUS_COLORS = {
    "success": "green",
    "client_error": "yellow",
    "rejected": "orange",
    "error": "red",
}


def ratio(part: str, whole: str) -> str:
    """Return a share: 0 where there is no part, nothing where there is no whole."""
    return f"({part} or {whole} * 0) / ({whole} > 0)"


def per_second(metric: str, selector: str, *by: str, window: str = "5m") -> str:
    """Return the summed rate of a counter."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{selector}}}[{window}]))"


def quantile(share: float, metric: str, selector: str, *by: str, window: str = "5m") -> str:
    """Return a quantile of a classic histogram, by labels; nothing where nothing was observed."""
    rates = per_second(f"{metric}_bucket", selector, "le", *by, window=window)
    return f"histogram_quantile({share:g}, {rates}) > 0"


def mean(metric: str, selector: str, *by: str, window: str = "5m") -> str:
    """Return the mean of a histogram's or summary's values, by labels."""
    total = per_second(f"{metric}_sum", selector, *by, window=window)
    return f"{total} / ({per_second(f'{metric}_count', selector, *by, window=window)} > 0)"


#: Share of the tenants' requests that failed, by service.
ERROR_RATIO = ratio(
    per_second("agent_requests_total", f'{OF_TENANT}, status="error"', "service"),
    f"sum by (service) (service_tenant:agent_requests:rate5m{{{OF_TENANT}}})",
)
#: Requests a second, all statuses.
REQUESTS = f"sum(service_tenant:agent_requests:rate5m{{{OF_TENANT}}})"
#: USD of the hour before each point, by service, tenant and model.
COST_OF_THE_HOUR = "service_tenant_model:agent_api_cost_usd:increase1h"


def hit_ratio(by: str) -> str:
    """Return the share of the tenants' cache look-ups that were hits, by a label."""
    return ratio(
        per_second("agent_cache_requests_total", f'{OF_TENANT}, result="hit"', by),
        per_second("agent_cache_requests_total", OF_TENANT, by),
    )


def firing(of_service: str = SERVICE) -> str:
    """Return how many critical and warning alerts fire, 0 for none."""
    narrowed = f", {of_service}" if of_service else ""
    selector = f'alertstate="firing", severity=~"critical|warning"{narrowed}'
    return f"count(ALERTS{{{selector}}}) or vector(0)"
