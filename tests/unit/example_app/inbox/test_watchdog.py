"""The dead man's switch."""

import pytest

from tests.unit.example_app.inbox.conftest import alert

BEAT = alert("Watchdog", severity="none")


def test_no_beat_yet_is_unhealthy(inbox):
    """Before the first beat nobody knows whether alerts arrive."""
    answer = inbox.get("/watchdog")
    assert answer.status_code == 503
    assert answer.json() == {"last_beat": None, "age_seconds": None}


@pytest.mark.parametrize(("age", "status"), [(0, 200), (180, 200), (181, 503)])
def test_a_beat_counts_for_three_minutes(inbox, age, status):
    """Up to three minutes old is well, older is not."""
    inbox.deliver(BEAT)
    inbox.clock.advance(seconds=age)
    answer = inbox.get("/watchdog")
    assert answer.status_code == status
    assert answer.json() == {"last_beat": "2026-01-01T12:00:00+00:00", "age_seconds": age}


def test_other_alerts_are_no_beat(inbox):
    """Neither another alert nor a resolved Watchdog keeps the switch up."""
    inbox.deliver(alert(), alert("Watchdog", status="resolved"))
    assert inbox.get("/watchdog").status_code == 503


def test_the_end_of_the_watchdog_is_the_end_of_the_beat(inbox):
    """It ends when no Prometheus fires it any more: nobody waits for three minutes after that."""
    inbox.deliver(BEAT)
    inbox.deliver(alert("Watchdog", status="resolved"))
    assert inbox.get("/watchdog").status_code == 503
    inbox.deliver(BEAT)
    assert inbox.get("/watchdog").status_code == 200


def test_age_is_a_metric(inbox):
    """The age can be scraped."""
    assert "alert_inbox_watchdog_age_seconds NaN" in inbox.get("/metrics").text
    inbox.deliver(BEAT)
    inbox.clock.advance(seconds=42)
    assert "alert_inbox_watchdog_age_seconds 42.0" in inbox.get("/metrics").text
