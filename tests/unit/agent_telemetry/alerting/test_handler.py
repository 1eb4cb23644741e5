"""Who is told: all of them, whatever one of them does; bounded, counted, ended in time."""

import time

import pytest

from agent_telemetry import ConfigurationError
from agent_telemetry.alerting.alert import Alert
from agent_telemetry.alerting.handler import AlertHandler
from agent_telemetry.alerting.history import AlertHistory
from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError
from tests.polling import wait_for
from tests.unit.agent_telemetry.alerting.alert_doubles import Failing, Hanging, Remembering

ALERT = Alert("Errors", "critical", "many", {"service": "shop"}, 0.5)


@pytest.fixture
def make_handler(metrics):
    """Builds handlers that try again at once; they are closed afterwards."""
    built = []

    def make(*notifiers, **options) -> AlertHandler:
        built.append(AlertHandler(metrics, notifiers, retry_seconds=(0.01, 0.01), **options))
        return built[-1]

    yield make
    for handler in built:
        handler.close(0)


def test_failing_and_hanging_notifiers_stop_nobody(make_handler):
    """Two of three notifiers are broken; the third is told of everything, in order."""
    memory, stuck = Remembering(), Hanging()
    handler = make_handler(Failing(RuntimeError("broken")), stuck, memory)
    alerts = [Alert(f"A{n}", "info", "") for n in range(5)]
    for alert in alerts:
        handler.notify_all(alert)
    wait_for(lambda: memory.told == alerts, within=10, what="all five", pause=0.01)
    stuck.released.set()


def test_failed_delivery_is_tried_again(make_handler, sample):
    """A notifier that recovers is told; the failures on the way are counted."""
    bad = Failing(OSError("away"), times=3)
    make_handler(bad).notify_all(ALERT)
    wait_for(lambda: bad.told == [ALERT], within=10, what="told in the end", pause=0.01)
    wait_for(
        lambda: sample("telemetry_exported_total", signal="alerts") == 1, within=10, what="counted"
    )
    assert sample("telemetry_export_failures_total", signal="alerts") == 3
    assert sample("telemetry_dropped_total", signal="alerts", reason="rejected") == 0


@pytest.mark.parametrize(
    ("error", "attempts"), [(OSError("away"), 5), (NotificationRefusedError("HTTP 404"), 1)]
)
def test_alert_is_given_up_and_counted(make_handler, sample, error, attempts):
    """After five attempts, or a refusal for good, it is dropped and the next one is tried."""
    bad = Failing(error)
    handler = make_handler(bad)
    handler.notify_all(ALERT)
    handler.notify_all(ALERT)
    wait_for(
        lambda: sample("telemetry_dropped_total", signal="alerts", reason="rejected") == 2,
        within=10,
        what="both are given up",
        pause=0.01,
    )
    assert bad.attempts == 2 * attempts


def test_full_queue_drops_the_oldest(make_handler, sample):
    """While a notifier hangs, a hundred alerts wait for it; what is more is counted."""
    stuck = Hanging()
    handler = make_handler(stuck)
    handler.notify_all(ALERT)
    assert stuck.begun.wait(10)
    for _ in range(149):
        handler.notify_all(ALERT)
    assert sample("telemetry_dropped_total", signal="alerts", reason="queue_full") == 50
    stuck.released.set()


def test_closing_waits_no_longer_than_told(make_handler, sample):
    """With a hanging notifier closing ends at its deadline; what is lost is counted."""
    stuck = Hanging()
    handler = make_handler(stuck)
    handler.notify_all(ALERT)
    assert stuck.begun.wait(10)
    handler.notify_all(ALERT)
    began = time.monotonic()
    handler.close(0.1)
    assert time.monotonic() - began < 2
    assert sample("telemetry_dropped_total", signal="alerts", reason="shutdown") == 2
    stuck.released.set()


def test_history_says_who_took_it(make_handler):
    """An entry has the notifiers that took the alert, and not the one that failed."""
    history = AlertHistory()
    handler = make_handler(
        Remembering("one"), Failing(OSError("no")), on_delivered=history.delivered
    )
    history.add(ALERT)
    handler.notify_all(ALERT)
    wait_for(lambda: history.entries()[0]["delivered"] == ["one"], within=10, what="it", pause=0.01)


def test_address_of_a_failing_notifier_is_not_logged(make_handler, caplog):
    """The log names notifier and kind of error once, without its text: that may be a secret."""
    bad = Failing(OSError("https://hooks.example/very-secret"))
    handler = make_handler(bad)
    handler.notify_all(ALERT)
    wait_for(lambda: bad.attempts == 5, within=10, what="given up", pause=0.01)
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("alerts do not reach bad (OSError)") == 1
    assert "very-secret" not in caplog.text


def test_two_of_one_name_are_refused(make_handler):
    """Names are unique: they are labels of the history."""
    with pytest.raises(ConfigurationError, match="notifier name"):
        make_handler(Remembering("one"), Remembering("one"))
