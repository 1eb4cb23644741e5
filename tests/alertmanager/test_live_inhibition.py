"""A real Alertmanager mutes what the rules say, and nothing of another service."""

import pytest

from tests.alertmanager.inhibition import inhibit_rules
from tests.alertmanager.live_alertmanager import live_alertmanager
from tests.polling import wait_for


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    """A real one whose inbox is nowhere: nothing is delivered here."""
    inbox = {"http://logger:8080/alerts": "http://127.0.0.1:9/alerts"}
    with live_alertmanager(tmp_path_factory.mktemp("live"), replaced=inbox) as live:
        yield live


def _example(matchers, service):
    """Return the labels of an alert that fulfils the matchers."""
    labels = {"service": service, "severity": "warning", "scope": "x", "alertname": "Anything"}
    for matcher in matchers:
        labels[matcher.label] = matcher.value.split("|")[0]
    return labels


def _all_targets(rule, service):
    base = _example(rule.target, service)
    names = [m.value.split("|") for m in rule.target if m.label == "alertname"]
    return [{**base, "alertname": name} for name in (names[0] if names else [base["alertname"]])]


@pytest.mark.parametrize("rule", inhibit_rules(), ids=lambda rule: rule.name)
def test_the_cause_mutes_the_symptoms_of_its_service_only(rule, alertmanager):
    """Alertmanager itself names the muting alert; the same symptoms elsewhere stay loud."""
    here = f"here: {rule.name}"
    elsewhere = f"elsewhere: {rule.name}"
    targets = _all_targets(rule, here)
    alertmanager.send(_example(rule.source, here))
    # One is enough elsewhere: several could mute each other by rules of their own.
    alertmanager.send(*targets, _all_targets(rule, elsewhere)[0])

    def settled():
        held = [one for one in alertmanager.alerts() if rule.name in one["labels"]["service"]]
        source = [one for one in held if rule.is_source(one["labels"])]
        cause = {one["fingerprint"] for one in source if one["labels"]["service"] == here}
        wanted = {(here, target["alertname"], target["severity"]) for target in targets}
        muted = {
            (one["labels"]["service"], one["labels"]["alertname"], one["labels"]["severity"])
            for one in held
            if one["status"]["state"] == "suppressed" and set(one["status"]["inhibitedBy"]) & cause
        }
        loud = [
            one for one in held
            if one["labels"]["service"] == elsewhere and one["status"]["state"] == "active"
        ]  # fmt: skip
        return muted == wanted and len(loud) == 1

    assert wait_for(settled, within=30, what=rule.name, pause=0.2)


def test_a_symptom_is_heard_again_when_its_cause_is_over(alertmanager):
    """What was muted and goes on is no longer muted once the cause is resolved."""
    cause = {"alertname": "AgentDown", "severity": "critical", "service": "over"}
    symptom = {"alertname": "NoTraffic", "severity": "warning", "service": "over"}

    def state():
        held = [one for one in alertmanager.alerts() if one["labels"] == symptom]
        return held[0]["status"]["state"] if held else ""

    alertmanager.send(cause, symptom)
    wait_for(lambda: state() == "suppressed", within=30, what="muted", pause=0.2)
    alertmanager.send(cause, resolved=True)

    wait_for(lambda: state() == "active", within=30, what="heard again", pause=0.2)
