"""Conditions about the telemetry itself: what is lost, folded together or failing."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert


def _grew(alert: Alert, scale: TimeScale, selector: str, by: str) -> str:
    window = scale.window(alert.settings["window"])
    return f"sum by ({by}) (increase({selector}[{window}])) > {alert.settings.get('limit', 0)}"


@condition("LabelOverflow", "telemetry", "limit", "window")
def _label_overflow(alert: Alert, scale: TimeScale) -> Condition:
    grew = _grew(alert, scale, "telemetry_label_overflow_total", "service, label")
    return Condition(grew, failures=False)


@condition("TelemetryDropping", "telemetry", "limit", "window")
def _telemetry_dropping(alert: Alert, scale: TimeScale) -> Condition:
    # `sampled` is given up on purpose; a gap in the audit trail has an alert of its own.
    dropped = 'telemetry_dropped_total{reason!="sampled", signal!="audit"}'
    return Condition(_grew(alert, scale, dropped, "service, signal, reason"))


@condition("TelemetryFault", "telemetry", "limit", "window")
def _telemetry_fault(alert: Alert, scale: TimeScale) -> Condition:
    return Condition(_grew(alert, scale, "telemetry_faults_total", "service, where"))


@condition("AuditGap", "audit", "window")
def _audit_gap(alert: Alert, scale: TimeScale) -> Condition:
    return Condition(_grew(alert, scale, 'telemetry_dropped_total{signal="audit"}', "service"))
