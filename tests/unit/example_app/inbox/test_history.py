"""How long and how much is remembered."""

from tests.unit.example_app.inbox.conftest import alert, webhook


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


def test_an_alert_is_never_there_twice(start, tmp_path):
    """Retries, repeats, other receivers and a restart in between: one alert on the page."""
    inbox = start(state_dir=tmp_path / "state")
    inbox.deliver(alert(), alert())
    inbox.post({**webhook(alert()), "receiver": "another"})
    inbox = start(inbox.clock, state_dir=tmp_path / "state")
    inbox.deliver(alert())
    (entry,) = inbox.listed()
    assert entry["deliveries"] == 3
    assert inbox.get("/").text.count('class="alert"') == 1


def test_a_new_beginning_is_another_alert(inbox):
    """The same labels with another start are told apart; the one whose end was missed is over."""
    inbox.deliver(alert())
    inbox.clock.advance(minutes=5)
    inbox.deliver({**alert(), "startsAt": "2026-01-01T12:04:00Z"})
    assert len(inbox.listed(status="firing")) == 2
    text = inbox.get("/").text
    assert "<title>1 firing" in text
    assert "no end delivered" in text


def test_a_late_end_does_not_end_what_began_after_it(inbox):
    """The end of an earlier alert leaves the one that fires now alone."""
    inbox.deliver({**alert(), "startsAt": "2026-01-01T11:45:00Z"})
    inbox.deliver(alert(status="resolved"))
    assert "<title>1 firing" in inbox.get("/").text


def test_an_alert_that_fires_again_is_firing(inbox):
    """After its end the same alert may be delivered as firing; its arrival counts anew."""
    inbox.deliver(alert())
    inbox.deliver(alert(status="resolved"))
    inbox.clock.advance(minutes=5)
    inbox.deliver(alert())
    assert "<title>1 firing" in inbox.get("/").text
    (firing,) = inbox.listed(status="firing")
    assert (firing["received_at"], firing["deliveries"]) == ("2026-01-01T12:05:00+00:00", 1)


def test_a_firing_alert_without_repeat_is_given_up(start):
    """When an end is lost, the page does not tell of the alert for ever."""
    inbox = start(silent_hours=13)
    inbox.deliver(alert())
    inbox.clock.advance(hours=12.9)
    assert "<title>1 firing" in inbox.get("/").text
    inbox.clock.advance(hours=0.2)
    text = inbox.get("/").text
    assert "<title>0 firing" in text
    assert "no end delivered" in text


def test_history_is_bounded_by_age(start):
    """What was not delivered for longer than is kept goes with the next delivery."""
    inbox = start(history_days=2)
    inbox.deliver(alert(status="resolved"))
    inbox.clock.advance(days=2, seconds=1)
    inbox.deliver(alert("AgentDown"))
    assert [entry["alertname"] for entry in inbox.listed()] == ["AgentDown"]


def test_what_fires_is_not_pushed_out_by_what_is_over(start):
    """At its bound the history gives up the past first."""
    inbox = start(history=3)
    inbox.deliver(alert("StillFires"))
    for number in range(6):
        inbox.clock.advance(seconds=1)
        inbox.deliver(alert(f"Over{number}", status="resolved"))
    assert len(inbox.listed()) == 3
    assert [e["alertname"] for e in inbox.listed(status="firing")] == ["StillFires"]


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
