"""Conditions about requests to the agent."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale, seconds
from prometheus.recorded import latency
from prometheus.recorded import requests as recorded
from prometheus.recorded.record import GAP, HOUR, RATE_WINDOW
from prometheus.thresholds import Alert


@condition("HighErrorRate", "request", "limit", "window")
def _high_error_rate(alert: Alert, scale: TimeScale) -> Condition:
    ratio = recorded.ERROR_RATIO
    if alert.settings["window"] != RATE_WINDOW:
        ratio = recorded.error_ratio(scale.window(alert.settings["window"]))
    return Condition(f"{ratio} > {alert.settings['limit']}")


@condition("HighErrorRate", "http", "limit", "window")
def _many_http_errors(alert: Alert, scale: TimeScale) -> Condition:
    errors = f"sum by (service) ({recorded.HTTP_ERRORS_BY_ENDPOINT})"
    if alert.settings["window"] != RATE_WINDOW:
        errors = recorded.http_errors(scale.window(alert.settings["window"]), "service")
    return Condition(f"{errors} > {alert.settings['limit']}")


@condition("SlowRequests", "request", "limit", "window")
def _slow_requests(alert: Alert, scale: TimeScale) -> Condition:
    return _slow(alert, scale, latency.REQUEST_P95, "agent_request_duration_seconds")


@condition("SlowResponse", "http", "limit", "window")
def _slow_http(alert: Alert, scale: TimeScale) -> Condition:
    return _slow(alert, scale, latency.HTTP_P95, "http_request_duration_seconds")


def _slow(alert: Alert, scale: TimeScale, series: str, histogram: str) -> Condition:
    limit = alert.settings["limit"]
    if alert.settings["window"] != RATE_WINDOW:
        series = f"({latency.p95(histogram, scale.window(alert.settings['window']))})"
    return Condition(f"{series} > {limit}", failures=False, slower_than=limit)


@condition("HighActiveConnections", "request", "limit")
def _many_connections(alert: Alert, scale: TimeScale) -> Condition:
    open_ = f"last_over_time(agent_active_connections[{scale.window(GAP)}])"
    return Condition(f"sum by (service) ({open_}) > {alert.settings['limit']}", failures=False)


@condition("LatencyTrend", "request", "factor", "floor", "least_requests")
def _slower_than_usual(alert: Alert, scale: TimeScale) -> Condition:
    floor, hour = alert.settings["floor"], scale.window(HOUR)
    # As a rate, so that it asks the same of the shorter window of a scaled run.
    least = round(alert.settings["least_requests"] / seconds(HOUR), 6)
    return Condition(
        f"{latency.REQUEST_MEAN} > {alert.settings['factor']} * {latency.REQUEST_MEAN_BEFORE}\n"
        f"and {latency.REQUEST_MEAN} > {floor}\n"
        "and sum by (service) "
        f"(rate(agent_request_duration_seconds_count[{hour}])) >= {least}",
        failures=False,
        slower_than=floor,
    )
