"""The ledger: exact sums of money, distinct users, calendar days, restarts."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_telemetry import Metrics, ObservabilityStack
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.ledger import Ledger
from agent_telemetry.ledger.window import WINDOWS, start_of
from agent_telemetry.prices.pricing import UNITS_PER_USD

DAY = 86400


def shown(stack: ObservabilityStack, name: str) -> dict[str, float]:
    """Read a family as a scrape would: the value of its one label → value in whole units."""
    return {
        "".join(sample.labels.values()): sample.value
        for family in stack.registry.collect()
        for sample in family.samples
        if sample.name == name
    }


def units(usd: float) -> int:
    """Return USD in the ledger's units."""
    return round(usd * UNITS_PER_USD)


def spend(stack: ObservabilityStack, amount: int, **whom: str) -> None:
    """Book an amount for a model."""
    stack.ledger.spend(amount, model="gpt-4o", **whom)


@pytest.fixture
def on_disk(make_stack: Any, tmp_path: Path) -> ObservabilityStack:
    """A stack with a file."""
    return make_stack(state_dir=tmp_path / "state")


def test_scrape_shows_what_was_just_spent(stack) -> None:
    """A scrape includes what was spent and who was seen a moment ago."""
    spend(stack, 2_500_000, user_id="ann")
    stack.ledger.seen("ann")
    assert units(shown(stack, "agent_daily_cost_usd")[""]) == 2_500_000
    assert shown(stack, "agent_daily_active_users")[""] == 1
    assert shown(stack, "agent_monthly_active_users")[""] == 1


def test_a_scrape_asks_the_database_once(stack, monkeypatch) -> None:
    """However many families it has, a scrape waits for the database a single time."""
    asked = []
    monkeypatch.setattr(stack.ledger._writer, "ask", lambda _job, seconds: asked.append(seconds))
    stack.budget("each", limit_usd=1, scope="tenant")
    list(stack.registry.collect())
    assert asked == [0.25]


def test_nothing_spent_is_shown_as_zero(stack) -> None:
    """The day's cost is there from the start, the users' cost only when there is some."""
    assert shown(stack, "agent_daily_cost_usd") == {"": 0}
    assert shown(stack, "agent_cost_per_user_usd") == {}


def test_the_day_starts_anew_at_midnight_utc(on_disk, clock) -> None:
    """Cost and daily users begin at 0 at midnight UTC; monthly users go on."""
    until_midnight = DAY - clock.time() % DAY
    clock.advance(until_midnight - 1)
    spend(on_disk, 700, user_id="ann")
    on_disk.ledger.seen("ann")
    assert units(shown(on_disk, "agent_daily_cost_usd")[""]) == 700
    clock.advance(2)
    spend(on_disk, 11, user_id="bob")
    on_disk.ledger.seen("bob")
    assert on_disk.ledger.flush()
    assert units(shown(on_disk, "agent_daily_cost_usd")[""]) == 11
    assert sum(map(units, shown(on_disk, "agent_cost_per_user_usd").values())) == 11
    assert shown(on_disk, "agent_daily_active_users")[""] == 1
    assert shown(on_disk, "agent_monthly_active_users")[""] == 2


def test_monthly_users_are_those_of_thirty_days(on_disk, clock) -> None:
    """A user counts on the day of a visit and the 29 days after it."""
    on_disk.ledger.seen("ann")
    assert on_disk.ledger.flush()
    clock.advance(29 * DAY)
    on_disk.ledger.seen("bob")
    assert on_disk.ledger.flush()
    assert shown(on_disk, "agent_monthly_active_users")[""] == 2
    clock.advance(DAY)
    on_disk.ledger.seen("bob")
    assert on_disk.ledger.flush()
    assert shown(on_disk, "agent_monthly_active_users")[""] == 1


def test_a_restart_keeps_everything(make_stack, tmp_path) -> None:
    """A second process finds the money and the users of the first, under the same hashes."""
    before = make_stack(state_dir=tmp_path)
    spend(before, 5_000_000, user_id="ann", tenant_id="acme")
    before.ledger.seen("ann")
    cost = shown(before, "agent_cost_per_user_usd")
    before.shutdown()
    after = make_stack(state_dir=tmp_path)
    after.ledger.seen("ann")
    assert shown(after, "agent_cost_per_user_usd") == cost
    assert units(shown(after, "agent_daily_cost_usd")[""]) == 5_000_000
    assert shown(after, "agent_daily_active_users")[""] == 1
    assert after.ledger.spent("tenant") == {"acme": 0.000005}


def test_the_dearest_fifty_users_and_the_rest(on_disk) -> None:
    """Of 10 000 users the 50 dearest are shown; with `other` they sum up to the day's cost."""
    for number in range(10_000):
        spend(on_disk, 1_000_003 * number + 1, user_id=f"user-{number}")
    spend(on_disk, 77)  # nobody's
    cost = shown(on_disk, "agent_cost_per_user_usd")
    assert len(cost) == 51
    assert sum(map(units, cost.values())) == units(shown(on_disk, "agent_daily_cost_usd")[""])
    rest = cost.pop("other")
    assert sorted(map(units, cost.values())) == [1_000_003 * n + 1 for n in range(9950, 10_000)]
    assert units(rest) == sum(1_000_003 * n + 1 for n in range(9950)) + 77
    dropped = {"signal": "ledger", "reason": "queue_full"}
    assert on_disk.registry.get_sample_value("telemetry_dropped_total", dropped) == 0


def test_more_keys_than_fit_are_counted_and_keep_the_money() -> None:
    """What finds no room is counted and added to `other`; no money is missing."""
    metrics = Metrics()
    ledger = Ledger(None, metrics=metrics, guard=Guard(strict=True), interval=60, most_keys=100)
    for number in range(250):
        ledger.spend(3, model="gpt-4o", user_id=f"user-{number}")
    dropped = {"signal": "ledger", "reason": "queue_full"}
    assert metrics.registry.get_sample_value("telemetry_dropped_total", dropped) == 151 + 150
    assert ledger.spent_today() == 750
    by_user = {user: units(usd) for user, usd in ledger.spent("user").items()}
    assert by_user.pop("other") == 3 * 151
    assert list(by_user.values()) == [3] * 99
    assert ledger.active_users() == (100, 100)
    ledger.close(1)


def test_users_are_stored_hashed(on_disk, tmp_path) -> None:
    """No user's id stands in the file or in a scrape; a tenant's does."""
    spend(on_disk, 1, user_id="ann@example.com", tenant_id="acme")
    on_disk.ledger.seen("ann@example.com")
    assert "ann" not in "".join(shown(on_disk, "agent_cost_per_user_usd"))
    on_disk.shutdown()
    written = (tmp_path / "state" / "test-agent.ledger.sqlite3").read_bytes()
    assert b"acme" in written
    assert b"ann@example.com" not in written
    assert (tmp_path / "state" / "test-agent.ledger.sqlite3").stat().st_mode & 0o077 == 0


def test_nobody_is_not_a_user(stack) -> None:
    """Requests without a user id count as no user."""
    stack.ledger.seen(None)
    stack.ledger.seen("")
    assert stack.ledger.flush()
    assert shown(stack, "agent_daily_active_users")[""] == 0


def test_old_rows_go(on_disk, clock, tmp_path) -> None:
    """Hours are kept 45 days, days and months 400, users 31: the file does not grow for ever."""
    for _ in range(420):
        spend(on_disk, 1, user_id="ann", tenant_id="acme")
        on_disk.ledger.seen("ann")
        assert on_disk.ledger.flush(10)
        clock.advance(DAY)
    on_disk.shutdown()
    with closing(sqlite3.connect(tmp_path / "state" / "test-agent.ledger.sqlite3")) as file:
        count = "SELECT COUNT(*) FROM spend WHERE period = ? AND dimension = ?"
        rows = {
            (period, dimension): file.execute(count, (period, dimension)).fetchone()[0]
            for period in WINDOWS
            for dimension in ("all", "user")
        }
    assert rows["hour", "all"] == 46
    assert rows["day", "all"] == 401
    assert rows["hour", "user"] == 3
    assert rows["day", "user"] == 32


def test_a_sum_ends_at_sixty_four_bits(on_disk) -> None:
    """A sum beyond 9.2 million USD stays there instead of turning negative or inexact."""
    for _ in range(3):
        spend(on_disk, 2**62, tenant_id="acme")
        assert on_disk.ledger.flush()
    assert on_disk.ledger.spent("tenant") == {"acme": (2**63 - 1) / UNITS_PER_USD}


def test_any_text_is_a_key(stack) -> None:
    """Ids that are no valid text, or far too long, are booked all the same."""
    for odd in ("\ud800", "x" * 10_000, "'; DROP TABLE spend; --", "\0"):
        spend(stack, 1, tenant_id=odd, user_id=odd)
        stack.ledger.seen(odd)
    assert stack.ledger.flush()
    assert units(sum(stack.ledger.spent("tenant").values())) == 4
    assert shown(stack, "agent_daily_active_users")[""] == 4


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**13),
            st.sampled_from(["acme", "globex", None]),
            st.sampled_from([*(f"u{n}" for n in range(60)), None]),
            st.sampled_from([None, True]),
        ),
        max_size=80,
    )
)
def test_the_sum_of_all_spends_is_the_total(make_stack, bookings) -> None:
    """Whatever is booked, and however it is cut into batches, every sum is exact."""
    stack = make_stack()
    for amount, tenant, user, flush in bookings:
        spend(stack, amount, tenant_id=tenant, user_id=user)
        if flush:
            assert stack.ledger.flush()
    total = sum(amount for amount, *_ in bookings)
    assert stack.ledger.spent_today() == total
    assert sum(map(units, shown(stack, "agent_cost_per_user_usd").values())) == pytest.approx(total)
    for window in WINDOWS:
        assert units(sum(stack.ledger.spent("model", window).values())) == pytest.approx(total)
        acme = sum(amount for amount, tenant, *_ in bookings if tenant == "acme")
        found = stack.ledger.spent("tenant", window).get("acme", 0)
        assert units(found) == pytest.approx(acme)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_windows_are_those_of_the_calendar(moment) -> None:
    """Each window begins at its first moment in UTC, at or before now."""
    now = moment.replace(tzinfo=UTC)
    begin = {w: datetime.fromtimestamp(start_of(w, now.timestamp()), UTC) for w in WINDOWS}
    assert begin["hour"] == now.replace(minute=0, second=0, microsecond=0)
    assert begin["day"] == now.replace(hour=0, minute=0, second=0, microsecond=0)
    assert begin["month"] == now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
