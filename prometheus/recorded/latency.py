"""How long requests and chats take: the 95th percentile, and the mean of an hour."""

from prometheus import same_hour
from prometheus.durations import TimeScale
from prometheus.recorded.record import HOUR, RATE_WINDOW, Record

REQUEST_P95 = "service:agent_request_duration_seconds:p95_rate5m"
HTTP_P95 = "service:http_request_duration_seconds:p95_rate5m"
CHAT_P95 = "service_template:agent_chat_latency_seconds:p95_rate5m"
REQUEST_MEAN = "service:agent_request_duration_seconds:mean1h"
REQUEST_MEAN_BEFORE = "service:agent_request_duration_seconds:median7d_mean1h"


def p95(histogram: str, window: str, by: str = "service") -> str:
    """Return the 95th percentile of a histogram, by the labels given.

    Nothing observed gives no value: the quantile of nothing is NaN, which is not above 0 either.
    """
    return f"histogram_quantile(0.95, sum by (le, {by}) (rate({histogram}_bucket[{window}]))) >= 0"


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    window, hour = scale.window(RATE_WINDOW), scale.window(HOUR)
    return [
        Record(REQUEST_P95, p95("agent_request_duration_seconds", window)),
        Record(HTTP_P95, p95("http_request_duration_seconds", window)),
        Record(CHAT_P95, p95("agent_chat_latency_seconds", window, "service, template_id")),
        Record(
            REQUEST_MEAN,
            f"sum by (service) (rate(agent_request_duration_seconds_sum[{hour}]))\n"
            f"/\n(sum by (service) (rate(agent_request_duration_seconds_count[{hour}])) > 0)",
        ),
        Record(REQUEST_MEAN_BEFORE, same_hour.median(REQUEST_MEAN, scale)),
    ]
