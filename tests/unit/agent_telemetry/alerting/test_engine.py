"""Rules, what becomes of them, and what leaves: alerts with labels and value."""

import math
import threading

import pytest

from agent_telemetry import ConfigurationError
from agent_telemetry.alerting.rule import AlertRule, Breach
from agent_telemetry.alerting.snapshot_reader import SnapshotReader
from tests.unit.agent_telemetry.alerting.conftest import now


def rule(name="Errors", *, condition=None, message=None, **options) -> AlertRule:
    """Return a rule that fires above ten failed requests."""
    return AlertRule(
        name,
        options.pop("severity", "critical"),
        condition or (lambda each: each.failed_requests > 10),
        message or (lambda each: f"{each.failed_requests:g} failed"),
        **{"cooldown_seconds": 0, **options},
    )


def _above_nan() -> bool:
    return math.nan > float("1")  # noqa: PLW0177 -- what a careless condition does


BAD, GOOD = now(failed_requests=11.0), now(failed_requests=10.0)


def test_alert_has_labels_and_value(engine, memory, wait_told):
    """What a notifier is told has name, severity, description, labels, value and time."""
    engine.add_rule(
        rule(scope="request", labels={"team": "shop"}, value=lambda each: each.failed_requests)
    )
    (returned,) = engine.evaluate(BAD)
    wait_told(1)
    (alert,) = memory.told
    assert alert == returned
    assert (alert.name, alert.severity, alert.description) == ("Errors", "critical", "11 failed")
    assert alert.labels == {"team": "shop", "scope": "request", "service": "shop"}
    assert alert.value == 11
    assert alert.timestamp.isoformat() == "2023-11-14T22:13:20+00:00"


def test_fires_holds_and_is_resolved(engine, memory, clock, wait_told):
    """A rule with ``for`` is pending, firing, resolved; each state is shown with its time."""
    engine.add_rule(rule(for_seconds=60))
    assert engine.evaluate(BAD) == []
    assert [each["state"] for each in engine.state()] == ["pending"]
    clock.advance(60)
    (alert,) = engine.evaluate(BAD)
    assert [each["state"] for each in engine.state()] == ["firing"]
    clock.advance(15)
    (over,) = engine.evaluate(GOOD)
    (shown,) = engine.state()
    assert (shown["state"], shown["since"]) == ("resolved", "2023-11-14T22:14:35.000+00:00")
    assert over.status == "resolved"
    assert over.began == alert.timestamp
    assert over.fingerprint == alert.fingerprint
    wait_told(2)
    assert memory.brief == [("Errors", "firing"), ("Errors", "resolved")]
    clock.advance(3601)
    engine.evaluate(GOOD)
    assert engine.state() == []


def test_each_thing_has_its_own_alert(engine, clock):
    """A rule over several things fires and is resolved for each, by its labels."""
    engine.add_rule(
        rule(
            condition=lambda each: [
                Breach(count, {"tool_name": tool}, f"{tool} fails")
                for tool, count in each.tool_failures.items()
            ]
        )
    )
    first = engine.evaluate(now(tool_failures={"a": 3.0, "b": 4.0}))
    assert {(alert.labels["tool_name"], alert.value) for alert in first} == {("a", 3), ("b", 4)}
    clock.advance(15)
    (over,) = engine.evaluate(now(tool_failures={"b": 9.0}))
    assert (over.labels["tool_name"], over.status, over.description) == ("a", "resolved", "a fails")


@pytest.mark.parametrize("answer", [None, False, [], _above_nan()])
def test_nothing_known_is_no_alert(engine, answer):
    """None, False, nothing and a comparison with NaN mean that all is well."""
    engine.add_rule(rule(condition=lambda _: answer))
    assert engine.evaluate(BAD) == []
    assert engine.state() == []


def test_value_that_is_no_number_is_left_out(engine):
    """NaN and infinity are told as no value, so that JSON stays JSON."""
    engine.add_rule(rule(condition=lambda _: [Breach(math.nan), Breach(math.inf, {"b": "c"})]))
    assert [alert.value for alert in engine.evaluate(BAD)] == [None, None]


@pytest.mark.parametrize("part", ["condition", "message", "value"])
def test_broken_rule_costs_only_itself(engine, sample, part):
    """What raises is counted by its rule; the other rules fire, and its own alert stays."""

    def broken(_):
        raise OSError("no")

    good = {"condition": lambda _: True, part: broken}
    engine.add_rule(rule("Broken", **good))
    engine.add_rule(rule("Fine"))
    assert [alert.name for alert in engine.evaluate(BAD)] == ["Fine"]
    assert sample("telemetry_faults_total", where="alerts.Broken") == 1


def test_exit_in_a_rule_ends_nobody(engine, sample):
    """``sys.exit`` in a condition is a fault like any other."""

    def leaves(_):
        raise SystemExit(1)

    engine.add_rule(rule("Leaves", condition=leaves))
    engine.add_rule(rule("Fine"))
    assert [alert.name for alert in engine.evaluate(BAD)] == ["Fine"]
    assert sample("telemetry_faults_total", where="alerts.Leaves") == 1


def test_hanging_rule_costs_only_itself(make_engine, sample, monkeypatch):
    """A condition that hangs is left behind, not called again, and heard again once it is back."""
    monkeypatch.setattr("agent_telemetry.alerting.engine._RULE_SECONDS", 0.05)
    engine = make_engine()
    calls, release = [], threading.Event()

    def hangs(_):
        calls.append(1)
        release.wait(30)
        return True

    engine.add_rule(rule("Hangs", condition=hangs))
    engine.add_rule(rule("Fine"))
    assert [alert.name for alert in engine.evaluate(BAD)] == ["Fine"]
    engine.evaluate(BAD)
    assert len(calls) == 1
    assert sample("telemetry_faults_total", where="alerts.Hangs") == 2
    release.set()
    names: list[str] = []
    for _ in range(100):
        names += [alert.name for alert in engine.evaluate(BAD)]
        if names:
            break
    assert names == ["Hangs"]


def test_alert_of_a_broken_rule_stays_as_it_is(engine, clock):
    """Not knowing is not the end: a firing alert is not resolved by a condition that raises."""
    broken = [False]

    def condition(_):
        if broken[0]:
            raise OSError("no")
        return True

    engine.add_rule(rule(condition=condition))
    engine.evaluate(BAD)
    broken[0] = True
    clock.advance(15)
    assert engine.evaluate(BAD) == []
    assert [each["state"] for each in engine.state()] == ["firing"]


def test_removed_rule_ends_its_alerts(engine, clock):
    """A rule that is taken away resolves what it fired; one that replaces it goes on."""
    engine.add_rule(rule(scope="a"))
    engine.evaluate(BAD)
    engine.add_rule(rule(scope="a", message=lambda _: "new"))
    assert engine.evaluate(BAD) == []
    assert engine.state()[0]["description"] == "new"
    engine.remove_rule("Errors", "a")
    assert [alert.status for alert in engine.evaluate(BAD)] == ["resolved"]


def test_many_alerts_are_bounded(engine):
    """A rule that finds a million things has a hundred alerts, and the history two hundred."""
    for name in ("One", "Two", "Three"):
        engine.add_rule(
            rule(name, condition=lambda _: (Breach(1, {"n": str(n)}) for n in range(1_000_000)))
        )
    assert len(engine.evaluate(BAD)) == 300
    assert len(engine.state()) == 300
    assert len(engine.history()) == 200


def test_long_texts_are_cut_and_personal_data_is_taken_out(make_engine):
    """What leaves the process is bounded and redacted: description and labels."""
    engine = make_engine(redact=lambda text: text.replace("ann@example.org", "[redacted]"))
    engine.add_rule(
        rule(
            condition=lambda _: Breach(1, {"who": "ann@example.org", "long": "x" * 5000}),
            message=lambda _: "ann@example.org " + "y" * 10_000,
        )
    )
    (alert,) = engine.evaluate(BAD)
    assert alert.labels["who"] == "[redacted]"
    assert len(alert.labels["long"]) == 200
    assert alert.description.startswith("[redacted] y")
    assert len(alert.description) <= 2000


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": ""}, "alert rule name"),
        ({"name": "a\r\nBcc: b"}, "alert rule name"),
        ({"severity": " "}, "alert rule severity"),
        ({"for_seconds": -1}, "Errors: for_seconds"),
        ({"cooldown_seconds": math.nan}, "Errors: cooldown_seconds"),
    ],
)
def test_wrong_rule_is_refused_by_name(change, named):
    """A rule that cannot be meant raises at once and names what is wrong."""
    with pytest.raises(ConfigurationError, match=named):
        rule(**change)


def test_snapshot_that_cannot_be_read_is_a_fault(engine, sample, monkeypatch):
    """A registry that raises costs one evaluation, counted."""

    def broken(_self):
        raise OSError("no")

    monkeypatch.setattr(SnapshotReader, "read", broken)
    engine.add_rule(rule())
    assert engine.evaluate() == []
    assert sample("telemetry_faults_total", where="alerts.snapshot") == 1


def test_report_tells_rules_and_state(engine):
    """What ``/alerts`` answers: rules, notifiers, alerts and history."""
    engine.add_rule(rule(scope="request", for_seconds=0))
    engine.evaluate(BAD)
    told = engine.report()
    assert told["rules"] == [
        {"name": "Errors", "scope": "request", "severity": "critical", "for_seconds": 0}
    ]
    assert told["notifiers"] == ["memory"]
    assert [each["state"] for each in told["alerts"]] == ["firing"]
    assert [each["status"] for each in told["history"]] == ["firing"]
