"""Requests to the agent and the share of them that fails."""

from prometheus.durations import TimeScale
from prometheus.recorded.record import RATE_WINDOW, Record

BY_TENANT = "service_tenant:agent_requests:rate5m"
REQUESTS = "service:agent_requests:rate5m"
ERRORS = "service:agent_request_errors:rate5m"
ERROR_RATIO = "service:agent_request_errors_per_requests:ratio_rate5m"
HTTP_ERRORS_BY_ENDPOINT = "service_endpoint:errors:rate5m"


def error_ratio(window: str) -> str:
    """Return the share of requests that fails; without requests there is no value."""
    return (
        f'sum by (service) (rate(agent_requests_total{{status="error"}}[{window}]))\n'
        f"/\n(sum by (service) (rate(agent_requests_total[{window}])) > 0)"
    )


def http_errors(window: str, by: str) -> str:
    """Return the HTTP requests a second that fail, by the labels given."""
    return f"sum by ({by}) (rate(errors_total[{window}]))"


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    window = scale.window(RATE_WINDOW)
    return [
        Record(BY_TENANT, f"sum by (service, tenant_id) (rate(agent_requests_total[{window}]))"),
        Record(REQUESTS, f"sum by (service) (rate(agent_requests_total[{window}]))"),
        Record(
            ERRORS,
            f'sum by (service) (rate(agent_requests_total{{status="error"}}[{window}]))\n'
            f"or\n{REQUESTS} * 0",
        ),
        Record(ERROR_RATIO, f"{ERRORS} / ({REQUESTS} > 0)"),
        Record(HTTP_ERRORS_BY_ENDPOINT, http_errors(window, "service, endpoint")),
    ]
