"""The ledger's numbers in memory: what the database said last, and what it has not got yet."""

from collections.abc import Callable

from agent_telemetry.ledger.pending import ALL, Dimension, Key, Pending
from agent_telemetry.ledger.store import TOP_USERS, LedgerStore, Today
from agent_telemetry.ledger.window import Window, start_of
from agent_telemetry.metrics.label_bounds import OTHER
from agent_telemetry.workers.fork_safety import forkable_lock

#: Most sums of which the database's value is kept in memory.
_MOST_BALANCES = 10_000

#: A window and a key → when the window began, and units.
Balances = dict[tuple[Window, Key], tuple[int, int]]


class LedgerBook:
    """Thread-safe. Each amount is in exactly one place: pending, under way, or the database.

    Args:
        most_keys: most sums held, and most users.

    Attributes:
        workers: processes that have written the database lately, this one included.
    """

    def __init__(self, most_keys: int) -> None:
        self._most_keys = most_keys
        self._today: Today | None = None
        self._balances: Balances = {}
        self.workers = 1
        self.begin_with_nothing()

    def begin_with_nothing(self) -> None:
        """Forget what is pending: in a forked process it is the parent's to write."""
        self._lock = forkable_lock()
        self._pending = Pending(self._most_keys)
        self._under_way = Pending(self._most_keys)
        #: Users that this process has written on a day, not to be written again.
        self._written_day = 0
        self._written_users: set[str] = set()

    def __len__(self) -> int:
        """Sums and users that are not written yet."""
        with self._lock:
            return len(self._pending) + len(self._under_way)

    @property
    def empty(self) -> bool:
        """Whether everything is written."""
        with self._lock:
            return not self._pending and not self._under_way

    @property
    def today(self) -> Today | None:
        """What the database said last."""
        return self._today

    def spend(self, hour: int, units: int, keys: list[Key]) -> int:
        """Add an amount; return how many keys found no room."""
        with self._lock:
            return self._pending.spend(hour, units, keys)

    def seen(self, user_id: str, day: int) -> bool | None:
        """Note a user; None when that is known already, False when there is no room."""
        with self._lock:
            if day == self._written_day and user_id in self._written_users:
                return None
            return self._pending.seen(user_id, day)

    def take(self) -> Pending:
        """Return what is pending; it is under way until it is settled, put back or dropped."""
        with self._lock:
            self._under_way, self._pending = self._pending, Pending(self._most_keys)
            return self._under_way

    def settle(self, today: Today, balances: Balances) -> None:
        """Take note that what was under way is in the database, and what that says now."""
        with self._lock:
            if self._written_day != today.day:
                self._written_day, self._written_users = today.day, set()
            if len(self._written_users) < self._most_keys:
                users = self._under_way.users.items()
                self._written_users.update(user for user, day in users if day == today.day)
            self._today, self._under_way = today, Pending(self._most_keys)
            self._keep(balances)

    def put_back(self) -> int:
        """Make what was under way pending again; return how many keys found no room."""
        with self._lock:
            lost = self._under_way.merge(self._pending)
            self._pending, self._under_way = self._under_way, Pending(self._most_keys)
        return lost

    def drop(self) -> int:
        """Give up what was under way; return how many keys that were."""
        with self._lock:
            lost, self._under_way = len(self._under_way), Pending(self._most_keys)
        return lost

    def know(self, today: Today | None, balances: Balances) -> None:
        """Take note of what the database says, with nothing under way."""
        with self._lock:
            if today is not None:
                self._today = today
            self._keep(balances)

    def kept_balances(self) -> Balances:
        """Return the sums of which the database's value is kept."""
        with self._lock:
            return dict(self._balances)

    def read(self, store: LedgerStore, now: float, which: Balances | None = None) -> Balances:
        """Return what the database says of sums: those given, or all that are kept."""
        found: Balances = {}
        for window, key in which or self.kept_balances():
            start = start_of(window, now)
            found[window, key] = (start, store.units(window, start, key))
        return found

    def hand_over(self, store: LedgerStore) -> None:
        """Write what is known of today, and of budgets, into a store that knows nothing."""
        with store.transaction():
            if (today := self.today) is not None:
                store.take_over("day", today.day, "all", {ALL[1]: today.units})
                store.take_over("day", today.day, "user", today.dearest)
            for (window, (dimension, key)), (start, units) in self.kept_balances().items():
                store.take_over(window, start, dimension, {store.stored(dimension, key): units})

    def balance(self, window: Window, start: int, key: Key) -> int | None:
        """Return what a key spent in a window, in units; None when it is not kept."""
        with self._lock:
            kept = self._balances.get((window, key))
            if kept is None or kept[0] != start:
                return None
            waiting = self._pending.amount(key, start) + self._under_way.amount(key, start)
            return kept[1] + waiting

    def whole(self, day: int) -> int:
        """Return everything spent on a day, in units."""
        with self._lock:
            return self._whole(day)

    def waiting(self, key: Key, since: int) -> int:
        """Return what a key has spent since a moment that is not written yet, in units."""
        with self._lock:
            return self._pending.amount(key, since) + self._under_way.amount(key, since)

    def waiting_for(self, dimension: Dimension, since: int) -> dict[str, int]:
        """Return the same for each key of a dimension."""
        with self._lock:
            return self._waiting_for(dimension, since)

    def active_users(self, day: int) -> tuple[int, int]:
        """Return the users of a day, and of the 30 days that end with it."""
        with self._lock:
            new = len(self._pending.users.keys() | self._under_way.users.keys())
            today = self._today
        if today is None:
            return new, new
        return new + (today.daily_users if today.day == day else 0), new + today.monthly_users

    def cost_by_user(
        self, day: int, hashed: Callable[[str], str] | None
    ) -> dict[tuple[str, ...], int]:
        """Return units by the dearest users of a day; the rest, and nobody's, is ``other``."""
        with self._lock:
            whole = self._whole(day)
            waiting = self._waiting_for("user", day)
            today = self._today
        if not whole:
            return {}
        sums = dict(today.dearest) if today is not None and today.day == day else {}
        if hashed is not None:
            for user_id in waiting.keys() - {OTHER}:
                user = hashed(user_id)
                sums[user] = sums.get(user, 0) + waiting[user_id]
        shown = sorted(sums.items(), key=lambda each: (-each[1], each[0]))[:TOP_USERS]
        rest = whole - sum([units for _, units in shown])
        return {**{(user,): units for user, units in shown}, (OTHER,): max(rest, 0)}

    def _keep(self, balances: Balances) -> None:
        for each in balances:
            self._balances.pop(each, None)  # to the end of the dict: the oldest go first
        self._balances.update(balances)
        while len(self._balances) > _MOST_BALANCES:
            self._balances.pop(next(iter(self._balances)))

    def _whole(self, day: int) -> int:
        known = self._today.units if self._today is not None and self._today.day == day else 0
        return known + self._pending.amount(ALL, day) + self._under_way.amount(ALL, day)

    def _waiting_for(self, dimension: Dimension, since: int) -> dict[str, int]:
        found = self._under_way.amounts(dimension, since)
        for key, units in self._pending.amounts(dimension, since).items():
            found[key] = found.get(key, 0) + units
        return found
