"""Whether Prometheus evaluates its rules, takes what it scrapes and reaches Alertmanager."""

from grafana.alert_limits import hold, limit
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph, states

ID = PANEL_IDS["stack-health"]
_REJECTIONS = (
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "prometheus_target_scrapes_exceeded_body_size_limit_total",
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "prometheus_target_scrapes_sample_out_of_order_total",
    "prometheus_tsdb_out_of_bound_samples_total",
    "prometheus_tsdb_too_old_samples_total",
    "prometheus_api_remote_write_invalid_labels_samples_total",
)
_REFUSED = " + ".join(f"sum by (service) (increase({one}[10m]))" for one in _REJECTIONS)
_NO_ANSWER = "Prometheus tells nothing of itself"


def row() -> Row:
    """Return the row about Prometheus and the configurations."""
    failures = (
        "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m])) or "
        "sum by (rule_group) (increase(loki_prometheus_rule_evaluation_failures_total[5m]))"
    )
    share = (
        "max by (rule_group) (prometheus_rule_group_last_duration_seconds / "
        "prometheus_rule_group_interval_seconds) or "
        "max by (rule_group) (loki_prometheus_rule_group_last_duration_seconds / "
        "loki_prometheus_rule_group_interval_seconds)"
    )
    valid = (
        "min by (service) (prometheus_config_last_reload_successful) or "
        "min by (service) (alertmanager_config_last_reload_successful)"
    )
    lost = (
        "sum by (service) (rate(prometheus_notifications_errors_total[5m])) / "
        "(sum by (service) (rate(prometheus_notifications_sent_total[5m])) > 0)"
    )
    return Row(
        "Are rules and alerts worked on?",
        (
            graph(
                ID["rule_failures"],
                Words(
                    "Failed rule evaluations in 5 m",
                    "By group, of Prometheus and of Loki's ruler: those alerts are blind. "
                    "PrometheusRuleFailures pages after "
                    f"{hold('PrometheusRuleFailures/prometheus')}. Good: 0.",
                    _NO_ANSWER,
                ),
                (Query(f"({failures}) > 0 or sum({failures}) * 0", "{{rule_group}}"),),
                "short",
            ),
            graph(
                ID["rule_duration"],
                Words(
                    "Time of the slowest rule groups",
                    "Share of their interval, the ten slowest now. Good: below 50 %; from 100 % on "
                    "evaluations are left out.",
                    _NO_ANSWER,
                ),
                (Query(f"topk(10, {share})", "{{rule_group}}"),),
                "percentunit",
            ),
            graph(
                ID["rejected"],
                Words(
                    "Samples refused in 10 m",
                    "Too many, too large, twice, too old or badly labelled. "
                    "PrometheusIngestionRejected warns above the line. Good: 0.",
                    _NO_ANSWER,
                ),
                (Query(_REFUSED, "{{service}}"),),
                "short",
                limit=limit("PrometheusIngestionRejected/prometheus"),
            ).span(8),
            graph(
                ID["alertmanagers"],
                Words(
                    "Alerts that no Alertmanager took",
                    "Share over 5 m. PrometheusNotConnected pages above the line, or when no "
                    "Alertmanager is known. Good: 0.",
                    "no alert was sent",
                ),
                (Query(lost, "{{service}}"),),
                "percentunit",
                limit=limit("PrometheusNotConnected/prometheus"),
            ).span(8),
            graph(
                ID["ingestion"],
                Words(
                    "Samples taken",
                    "A second. Good: level; a jump is a label with too many values.",
                    _NO_ANSWER,
                ),
                (
                    Query(
                        "sum by (service) "
                        "(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))",
                        "{{service}}",
                    ),
                ),
                "suffix:/s",
            ).span(8),
            states(
                ID["config_valid"],
                Words(
                    "Configuration",
                    "Whether what is on disk was taken at the last load; INVALID goes on with the "
                    "old one, and an alert pages. Good: green.",
                    _NO_ANSWER,
                ),
                (Query(valid, "{{service}}"),),
                {"0": ("INVALID", "red"), "1": ("VALID", "green")},
            ).height(4),
        ),
        collapsed=True,
    )
