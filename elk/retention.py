"""Deletes the indices of days that are too old, by their names; needs no licence and no ILM."""

import re
from datetime import UTC, date, datetime, timedelta

from elasticsearch import Elasticsearch

from elk.index_template import NAME, PATTERN

_DAY = re.compile(rf"{re.escape(NAME)}-(\d{{4}})\.(\d{{2}})\.(\d{{2}})")
#: Names in one request: its address has a length that servers refuse.
_AT_ONCE = 20


def day_of(index: str) -> date | None:
    """Return the day whose records an index has; None for one that is not ours."""
    found = _DAY.fullmatch(index)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def too_old(indices: list[str], days: int, today: date) -> list[str]:
    """Return the indices of more than so many days ago, oldest first.

    Args:
        indices: names of any indices.
        days: whole days that are kept beside today.
        today: in UTC, as the names are.
    """
    oldest = today - timedelta(days=days)
    return sorted(each for each in indices if (day := day_of(each)) is not None and day < oldest)


def delete_old(client: Elasticsearch, days: int, today: date | None = None) -> list[str]:
    """Delete the indices that are too old; return their names."""
    today = today or datetime.now(UTC).date()
    found = too_old(list(client.indices.get_settings(index=PATTERN)), days, today)
    for start in range(0, len(found), _AT_ONCE):
        names = found[start : start + _AT_ONCE]
        client.indices.delete(index=",".join(names), ignore_unavailable=True)
    return found
