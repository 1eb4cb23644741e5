"""How long and how much is remembered."""

from tests.unit.example_app.inbox.conftest import alert


def test_history_is_bounded(start):
    """Of more alerts than fit, the newest are kept."""
    inbox = start(history=3)
    for number in range(5):
        inbox.deliver(alert(f"Alert{number}"))
        inbox.clock.advance(seconds=1)
    assert [entry["alertname"] for entry in inbox.listed()] == ["Alert4", "Alert3", "Alert2"]


def test_a_delivery_larger_than_the_history_is_trimmed(start):
    """One large delivery cannot grow the history past its bound."""
    inbox = start(history=3)
    inbox.deliver(*(alert(f"Alert{number}") for number in range(10)))
    assert len(inbox.listed()) == 3


def test_history_survives_a_restart(start, tmp_path):
    """With a state directory the alerts and the last beat are there again."""
    state = tmp_path / "new" / "state"
    first = start(state_dir=state)
    first.deliver(alert(), alert("Watchdog", severity="none"))
    first.clock.advance(minutes=1)
    second = start(first.clock, state_dir=state)
    assert {entry["alertname"] for entry in second.listed()} == {"HighErrorRate", "Watchdog"}
    assert second.get("/watchdog").json() == {
        "last_beat": "2026-01-01T12:00:00+00:00",
        "age_seconds": 60.0,
    }


def test_memory_is_forgotten_by_a_restart(start):
    """Without a state directory a restart begins anew."""
    start().deliver(alert())
    assert start().listed() == []


def test_watchdog_does_not_push_others_out(start):
    """A day of beats takes one place."""
    inbox = start(history=2)
    inbox.deliver(alert())
    for _ in range(20):
        inbox.clock.advance(minutes=1)
        inbox.deliver(alert("Watchdog", severity="none"))
    assert {entry["alertname"] for entry in inbox.listed()} == {"HighErrorRate", "Watchdog"}
