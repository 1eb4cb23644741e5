"""Conditions about Loki, Alertmanager and Prometheus themselves."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert

_LOKI_REQUESTS = 'loki_request_duration_seconds_count{job="loki"'
_SENT = "alertmanager_notifications_total"
_FAILED = "alertmanager_notifications_failed_total"
#: Samples that Prometheus was given and did not keep.
_REJECTED = (
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "prometheus_target_scrapes_exceeded_body_size_limit_total",
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "prometheus_target_scrapes_sample_out_of_order_total",
    "prometheus_tsdb_out_of_bound_samples_total",
    "prometheus_tsdb_too_old_samples_total",
    "prometheus_api_remote_write_invalid_labels_samples_total",
)


@condition("LokiRequestErrors", "loki", "limit", "fewest", "window")
def _loki_request_errors(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    # HTTP says 500, gRPC `error`.
    errors = 'status_code=~"5..|error"'
    by = "sum by (service, route)"
    enough = f"{by} (increase({_LOKI_REQUESTS}, {errors}}}[{window}]))"
    # /ready answers 503 while it starts and means no harm.
    failed = f'{by} (increase({_LOKI_REQUESTS}, route!="ready", {errors}}}[{window}]))'
    every = f"{by} (increase({_LOKI_REQUESTS}}}[{window}]))"
    return Condition(
        f"{failed} / ({every} > 0) > {alert.settings['limit']}\n"
        f"and\n{enough} >= {alert.settings['fewest']}",
        agent=False,
    )


@condition("LokiDiscarding", "loki", "limit", "window")
def _loki_discarding(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    lines = f"sum by (service, reason) (increase(loki_discarded_samples_total[{window}]))"
    return Condition(f"{lines} > {alert.settings['limit']}", agent=False)


@condition("AlertmanagerNotificationsFailing", "alertmanager", "limit", "fewest", "window")
def _alertmanager_notifications_failing(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    failed = f"sum by (service, integration) (increase({_FAILED}[{window}]))"
    every = f"sum by (service, integration) (increase({_SENT}[{window}]))"
    return Condition(
        f"{failed} / ({every} > 0) > {alert.settings['limit']}\n"
        f"and\n{failed} >= {alert.settings['fewest']}",
        agent=False,
    )


def _last_reload_failed(metric: str, alert: Alert, scale: TimeScale) -> Condition:
    # A scrape that is missed must not start the time of `for` anew.
    window = scale.window(alert.settings["window"])
    return Condition(f"max by (service) (max_over_time({metric}[{window}])) == 0", agent=False)


@condition("AlertmanagerConfigInvalid", "alertmanager", "window")
def _alertmanager_config_invalid(alert: Alert, scale: TimeScale) -> Condition:
    return _last_reload_failed("alertmanager_config_last_reload_successful", alert, scale)


@condition("PrometheusConfigInvalid", "prometheus", "window")
def _prometheus_config_invalid(alert: Alert, scale: TimeScale) -> Condition:
    return _last_reload_failed("prometheus_config_last_reload_successful", alert, scale)


@condition("PrometheusRuleFailures", "prometheus", "window")
def _prometheus_rule_failures(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    failures = f"increase(prometheus_rule_evaluation_failures_total[{window}])"
    return Condition(f"sum by (service, rule_group) ({failures}) > 0", agent=False)


@condition("PrometheusNotConnected", "prometheus", "limit", "window")
def _prometheus_not_connected(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    known = f"max_over_time(prometheus_notifications_alertmanagers_discovered[{window}])"
    errors = f"sum by (service) (rate(prometheus_notifications_errors_total[{window}]))"
    sent = f"sum by (service) (rate(prometheus_notifications_sent_total[{window}]))"
    # An address that is configured counts as known even while nobody answers there.
    return Condition(
        f"max by (service) ({known}) < 1\nor\n{errors} / ({sent} > 0) > {alert.settings['limit']}",
        agent=False,
    )


@condition("PrometheusIngestionRejected", "prometheus", "limit", "window")
def _prometheus_ingestion_rejected(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    rejected = [f"sum by (service) (increase({name}[{window}]))" for name in _REJECTED]
    return Condition("\n+\n".join(rejected) + f"\n> {alert.settings['limit']}", agent=False)
