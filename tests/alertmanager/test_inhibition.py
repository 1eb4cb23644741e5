"""One cause pages once, and nothing that matters is muted."""

import pytest

from tests.alertmanager.inhibition import inhibit_rules
from tests.alertmanager.shipped_alerts import (
    alert_name,
    carries_service,
    labels_of,
    shipped_alerts,
)

WORSE = {"none": 0, "info": 1, "warning": 2, "critical": 3}
#: What costs money, leaks, loses the audit trail, fills a disk or breaks the alert path.
NEVER_MUTED = {
    "Watchdog", "AgentDown", "HighAPICost", "AuditGap", "LeakedSecret", "HighMemoryUsage",
    "AlertmanagerNotificationsFailing", "AlertmanagerConfigInvalid", "PrometheusConfigInvalid",
    "PrometheusRuleFailures", "PrometheusNotConnected", "DiskFilling", "UnpricedModel",
}  # fmt: skip

every_rule = pytest.mark.parametrize("rule", inhibit_rules(), ids=lambda rule: rule.name)


def _alert(name, severity):
    return {"alertname": name, "severity": severity, "service": "example-agent"}


def _muted_by(target):
    """Return the names of the alerts of the same service that mute this one."""
    sources = [{**labels_of(one), "service": target["service"]} for one in shipped_alerts()]
    return {
        source["alertname"]
        for source in sources
        if any(rule.mutes(source, target) for rule in inhibit_rules())
    }


@pytest.mark.parametrize("rule", shipped_alerts(), ids=alert_name)
def test_every_alert_carries_the_label_that_is_compared(rule):
    """A label that both sides lack would count as equal and mute everything."""
    assert carries_service(rule)


@every_rule
def test_only_labels_that_every_alert_carries_are_compared(rule):
    """`equal` names the service, so an alert about another service is never muted."""
    assert "service" in rule.equal
    assert set(rule.equal) <= {"service", "alertname"}


@every_rule
def test_every_alert_that_is_named_exists(rule):
    """A rule for an alert that was renamed would do nothing and nobody would notice."""
    assert rule.names() <= {one["alert"] for one in shipped_alerts()}


@every_rule
def test_every_rule_mutes_something(rule):
    """No rule is left over: each has a shipped alert on both sides."""
    pairs = [
        (source["alert"], target["alert"])
        for source in shipped_alerts()
        for target in shipped_alerts()
        if rule.mutes({**labels_of(source), "service": "s"}, {**labels_of(target), "service": "s"})
    ]

    assert pairs


@every_rule
def test_no_alert_mutes_a_worse_one(rule):
    """Nobody stays asleep because of a warning."""
    for source in shipped_alerts():
        for target in shipped_alerts():
            one, other = ({**labels_of(rule), "service": "s"} for rule in (source, target))
            if rule.mutes(one, other):
                assert WORSE[one["severity"]] >= WORSE[other["severity"]], (one, other)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in shipped_alerts() if rule["alert"] in NEVER_MUTED],
    ids=alert_name,
)
def test_what_matters_most_is_muted_by_its_own_name_only(rule):
    """Money, leaks, the audit trail and the alert path are heard whatever else is wrong."""
    assert _muted_by(labels_of(rule)) <= {rule["alert"]}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("AgentDown", "critical"), ("NoTraffic", "warning")),
        (("AgentDown", "critical"), ("HighErrorRate", "critical")),
        (("AgentDown", "critical"), ("TargetDown", "warning")),
        (("AgentDown", "critical"), ("ObjectiveWithoutData", "warning")),
        (("ProviderDown", "critical"), ("HighErrorRate", "critical")),
        (("ProviderDown", "critical"), ("APICallFailures", "warning")),
        (("ProviderRateLimited", "warning"), ("HighErrorRate", "warning")),
        (("AvailabilityBelowSLA", "critical"), ("AvailabilityBelowSLA", "warning")),
        (("TargetDown", "warning"), ("CollectorQueueFilling", "warning")),
        (("TargetVanished", "warning"), ("LokiRequestErrors", "warning")),
    ],
    ids="-".join,
)
def test_a_cause_mutes_its_symptom_of_the_same_service(source, target):
    """The promised pairs; the same symptom elsewhere, and the reverse, are heard."""
    one, other = _alert(*source), _alert(*target)

    assert any(rule.mutes(one, other) for rule in inhibit_rules())
    assert not any(rule.mutes(one, {**other, "service": "other"}) for rule in inhibit_rules())
    assert not any(rule.mutes(other, one) for rule in inhibit_rules())


def test_being_rate_limited_does_not_mute_a_page():
    """A large share of failing requests pages although the provider's refusals explain it."""
    refused, page = _alert("ProviderRateLimited", "warning"), _alert("HighErrorRate", "critical")

    assert not any(rule.mutes(refused, page) for rule in inhibit_rules())
