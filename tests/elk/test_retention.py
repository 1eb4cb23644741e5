"""Old indices of log records are deleted, and nothing else, on a real Elasticsearch."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elk.keeper import BadDaysError, retention_days
from elk.retention import day_of, delete_old, too_old

#: Long ago: other tests' indices, which are of today, are neither met nor deleted.
TODAY = date(2016, 11, 21)


def test_only_old_indices_of_ours_are_deleted(client):
    """Of many indices those of days before the kept ones go, more than fit into one request."""
    kept = ["agent-logs-2016.10.21", "agent-logs-2016.11.21", "agent-logs-2016.11.22"]
    others = ["agent-logs-mine", "agent-logs-2016.02.31", "somebody-elses-2001.01.01"]
    old = [f"agent-logs-2015.01.{day:02d}" for day in range(1, 22)] + ["agent-logs-2016.10.20"]
    for name in (*kept, *others, *old):
        client.indices.create(index=name)

    assert delete_old(client, 31, TODAY) == sorted(old)

    left = client.indices.get_settings(index=["agent-logs-*", "somebody-elses-*"])
    assert set(left) & {*kept, *others, *old} == {*kept, *others}
    assert delete_old(client, 31, TODAY) == []
    client.indices.delete(index=",".join([*kept, *others]))


@given(days=st.integers(1, 4000), day=st.dates(date(2001, 1, 1), date(2090, 1, 1)))
def test_an_index_lives_for_the_days_beside_today(days, day):
    """Whatever the day: it is kept exactly as long as said."""
    name = f"agent-logs-{day:%Y.%m.%d}"
    assert day_of(name) == day
    assert bool(too_old([name], days, TODAY)) == ((TODAY - day).days > days)


@pytest.mark.parametrize("given_days", ["0", "-1", "a week", "1.5", " "])
def test_days_that_are_none_are_a_clear_error(given_days):
    """A wrong setting is told by its name, with what is accepted."""
    with pytest.raises(BadDaysError, match=r"ELK_RETENTION_DAYS=.*whole number from 1 on"):
        retention_days({"ELK_RETENTION_DAYS": given_days})


def test_a_month_is_kept_unless_told_otherwise():
    """Empty and unset mean the default."""
    assert retention_days({}) == retention_days({"ELK_RETENTION_DAYS": ""}) == 31
    assert retention_days({"ELK_RETENTION_DAYS": "7"}) == 7
