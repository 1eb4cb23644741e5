"""What was spent and who was seen since the last write: added up in memory, bounded."""

from collections.abc import Iterable
from typing import Literal

from agent_telemetry.metrics.label_bounds import OTHER

Dimension = Literal["all", "tenant", "user", "agent", "template", "model"]
#: A dimension and one of its values, such as ``("tenant", "acme")``.
Key = tuple[Dimension, str]

ALL: Key = ("all", "")
#: Most units in one sum: SQLite's whole numbers have 64 bits. 9.2e18 units are 9.2 million USD;
#: a sum that would be larger stays there.
MOST_UNITS = 2**63 - 1
#: Hours that wait at most while the database cannot be written.
MOST_HOURS = 72


class Pending:
    """Sums that no database has taken yet. Not thread-safe: its owner locks.

    Args:
        most_keys: most sums, and most users, held at a time.
    """

    def __init__(self, most_keys: int) -> None:
        self._most_keys = most_keys
        self._keys = 0
        #: Start of the hour → key → units of 1e-12 USD.
        self.hours: dict[int, dict[Key, int]] = {}
        #: User id → start of the day on which the user was last seen.
        self.users: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self.hours or self.users)

    def __len__(self) -> int:
        return self._keys + len(self.users)

    def spend(self, hour: int, units: int, keys: Iterable[Key]) -> int:
        """Add an amount to the whole and to each key.

        A key that finds no room is added to its dimension's ``other``, so that each dimension
        still sums up to the whole.

        Args:
            hour: start of the hour.
            units: the amount in units of 1e-12 USD.
            keys: whom it is charged to, one of each dimension at most.

        Returns:
            How many keys found no room.
        """
        sums = self._sums_of(hour)
        sums[ALL] = min(sums[ALL] + units, MOST_UNITS)
        return sum([self._add(sums, key, units) for key in keys])

    def seen(self, user_id: str, day: int) -> bool:
        """Note a user; False when there is no room."""
        if user_id not in self.users and len(self.users) >= self._most_keys:
            return False
        self.users[user_id] = max(day, self.users.get(user_id, day))
        return True

    def amount(self, key: Key, since: int) -> int:
        """Return what waits for a key, in units, of the hours that began at ``since`` or later."""
        return sum([sums.get(key, 0) for hour, sums in self.hours.items() if hour >= since])

    def amounts(self, dimension: Dimension, since: int) -> dict[str, int]:
        """Return what waits for every key of a dimension, in units."""
        found: dict[str, int] = {}
        for hour, sums in self.hours.items():
            if hour < since:
                continue
            for (each, value), units in sums.items():
                if each == dimension:
                    found[value] = found.get(value, 0) + units
        return found

    def merge(self, more: "Pending") -> int:
        """Add everything that another holds; return how many keys found no room."""
        lost = 0
        for hour, more_sums in more.hours.items():
            sums = self._sums_of(hour)
            sums[ALL] = min(sums[ALL] + more_sums[ALL], MOST_UNITS)
            for key, units in more_sums.items():
                lost += key != ALL and self._add(sums, key, units)
        for user_id, day in more.users.items():
            lost += not self.seen(user_id, day)
        return lost

    def _sums_of(self, hour: int) -> dict[Key, int]:
        sums = self.hours.get(hour)
        if sums is None:
            sums = self.hours[hour] = {ALL: 0}
            if len(self.hours) > MOST_HOURS:
                self._keys -= len(self.hours.pop(min(self.hours))) - 1
        return sums

    def _add(self, sums: dict[Key, int], key: Key, units: int) -> bool:
        """Add to one key; True when it went to ``other`` instead."""
        kept = key
        if key not in sums:
            if self._keys >= self._most_keys:
                kept = (key[0], OTHER)
            if kept not in sums:
                self._keys += 1
                sums[kept] = 0
        sums[kept] = min(sums[kept] + units, MOST_UNITS)
        return kept is not key
