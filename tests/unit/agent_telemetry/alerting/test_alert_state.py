"""The states of an alert: by example, and against a plain model of them for any sequence."""

import math

from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.alerting.alert_state import AlertState

QUIET, TOLD = (False, False), (True, True)


def test_condition_must_hold_for_its_time():
    """It is pending first, and fires when the condition held for the whole time."""
    state = AlertState(60, 0)
    assert state.step(0, holds=True) == QUIET
    assert state.state == "pending"
    assert state.step(59, holds=True) == QUIET
    assert state.step(60, holds=True) == TOLD
    assert (state.state, state.since) == ("firing", 60)
    assert state.step(75, holds=True) == QUIET


def test_pending_that_recovers_is_never_told():
    """One good moment begins the time anew, and nobody hears of it."""
    state = AlertState(60, 0)
    assert state.step(0, holds=True) == QUIET
    assert state.step(30, holds=False) == QUIET
    assert state.state == "inactive"
    assert state.step(45, holds=True) == QUIET
    assert state.step(90, holds=True) == QUIET
    assert state.step(105, holds=True) == TOLD


def test_end_is_told_once():
    """A firing alert whose condition is over is resolved, told once, and may fire again."""
    state = AlertState(0, 0)
    assert state.step(0, holds=True) == TOLD
    assert state.step(15, holds=False) == TOLD
    assert state.state == "resolved"
    assert state.step(30, holds=False) == QUIET
    assert state.step(45, holds=True) == TOLD


def test_flapping_is_told_once_in_a_cooldown():
    """What comes and goes is told at first; after the cooldown it is told if it still fires."""
    state = AlertState(0, 300)
    told = [state.step(15 * n, holds=n % 2 == 0)[1] for n in range(20)]
    assert told == [True, True, *[False] * 18]
    assert state.step(300, holds=True) == TOLD


def test_alert_that_outlives_the_cooldown_is_told_late():
    """One that began within the cooldown and goes on is told when the cooldown is over."""
    state = AlertState(0, 300)
    state.step(0, holds=True)
    state.step(15, holds=False)
    assert state.step(30, holds=True) == (True, False)
    assert state.step(299, holds=True) == QUIET
    assert state.step(300, holds=True) == (False, True)


@given(
    st.lists(st.tuples(st.floats(0, 200), st.booleans()), max_size=60),
    st.sampled_from([0.0, 30.0, 60.0]),
    st.sampled_from([0.0, 100.0, 300.0]),
)
def test_states_keep_their_promises(steps, hold, cooldown):
    """For any sequence: beginnings and ends are told in turn, and it fires when it has to.

    Beginnings keep their distance; it fires exactly while the condition has held for its time.
    """
    state, now = AlertState(hold, cooldown), 0.0
    held_since: float | None = None
    told: list[str] = []
    last_told = -math.inf
    for pause, holds in steps:
        now += pause
        before = state.state
        changed, tell = state.step(now, holds=holds)
        held_since = (held_since if held_since is not None else now) if holds else None
        must_fire = held_since is not None and now - held_since >= hold
        assert (state.state == "firing") == must_fire
        assert changed == ((before == "firing") != (state.state == "firing"))
        if tell and state.state == "firing":
            assert now - last_told >= cooldown
            last_told = now
        if tell:
            told.append(state.state)
            assert state.state in {"firing", "resolved"}
    assert told == [("firing", "resolved")[n % 2] for n in range(len(told))]
    if cooldown == 0 and state.state == "firing":
        assert told[-1] == "firing"
