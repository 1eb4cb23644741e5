"""What was spent and by whom: one book for all workers of a service, kept over restarts."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.book import Balances, LedgerBook
from agent_telemetry.ledger.pending import MOST_UNITS, Dimension, Key
from agent_telemetry.ledger.store import LedgerStore
from agent_telemetry.ledger.watcher import LedgerWatcher
from agent_telemetry.ledger.window import Window, start_of
from agent_telemetry.ledger.writer import LedgerWriter
from agent_telemetry.metrics.label_bounds import clean
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.prices.pricing import usd

#: Longest wait of a scrape for the database; the last known values are shown after it.
_SCRAPE_SECONDS = 0.25
_MOST_KEYS = 50_000


class Ledger:
    """Adds up money and counts users; what it was told is on disk within ``interval`` seconds.

    Amounts are whole units of 1e-12 USD, so that no sum drifts. Workers on one host write the same
    file and show the same numbers, each at most an interval behind the others; a killed process
    loses its last interval. While the database is locked, numbers are the last ones read and what
    this process was told since; a user among the latter may then count twice.

    Args:
        path: the SQLite file; in memory, for this process alone, when None.
        metrics: shows daily cost, cost by user, and active users.
        guard: takes the faults.
        clock: decides on hours and days.
        interval: seconds between two writes.
        most_keys: most sums held between two writes.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        metrics: Metrics,
        guard: Guard,
        clock: Clock | None = None,
        interval: float = 1.0,
        most_keys: int = _MOST_KEYS,
    ) -> None:
        self._path = path
        self._metrics = metrics
        self._clock = clock if clock is not None else SystemClock()
        self.interval = interval
        self._book = LedgerBook(most_keys)
        self._closed = False
        self._watchers: list[LedgerWatcher] = []
        self._hashed: Callable[[str], str] | None = None
        self._user_key: bytes | None = None
        self._asked = self._freshened = -1.0
        self._writer = LedgerWriter(
            open_store=self._open,
            write=self._write,
            gave_up=self._gave_up,
            forked=self._forked,
            guard=guard,
            interval=interval,
            on_file=path is not None,
        )
        metrics.scrape("agent_daily_cost_usd", lambda: {(): usd(self.spent_today())})
        metrics.scrape("agent_cost_per_user_usd", self._cost_per_user)
        metrics.scrape("agent_daily_active_users", lambda: {(): self.active_users()[0]})
        metrics.scrape("agent_monthly_active_users", lambda: {(): self.active_users()[1]})

    @property
    def durable(self) -> bool:
        """Whether a file is written that other workers and the next start read."""
        return self._writer.durable

    @property
    def now(self) -> float:
        """Seconds since 1970 (UTC), by the ledger's clock."""
        return self._clock.time()

    def spend(
        self,
        units: int,
        *,
        model: str,
        tenant_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        template_id: str | None = None,
    ) -> None:
        """Book money.

        Args:
            units: whole units of 1e-12 USD, 0 or more.
            model: the model that was called.
            tenant_id: whose money it is.
            user_id: for whom; stored as a hash, and seen by it.
            agent_id: which agent (pool slot) called.
            template_id: what kind of agent.
        """
        whom: list[tuple[Dimension, str | None]] = [
            ("model", model),
            ("tenant", tenant_id),
            ("user", user_id),
            ("agent", agent_id),
            ("template", template_id),
        ]
        keys = [(dimension, clean(value)) for dimension, value in whom if value]
        if self._closed:
            self._lost("shutdown", 1)
            return
        hour = start_of("hour", self._clock.time())
        if user_id:
            self.seen(user_id)
        self._lost("queue_full", self._book.spend(hour, min(max(units, 0), MOST_UNITS), keys))
        self._writer.nudge()

    def seen(self, user_id: str | None) -> None:
        """Note that a user was here; nobody known is nobody."""
        if not user_id or self._closed:
            return
        noted = self._book.seen(clean(user_id), start_of("day", self._clock.time()))
        if noted is not None:
            self._lost("queue_full", not noted)
            self._writer.nudge()

    def watch(self, watcher: LedgerWatcher) -> None:
        """Have somebody told of what is written."""
        self._watchers.append(watcher)

    def waiting(self, key: Key, since: int) -> int:
        """Return what a key spent since a moment that is not written yet, in units."""
        return self._book.waiting(key, since)

    def waiting_for(self, dimension: Dimension, since: int) -> dict[str, int]:
        """Return the same for each key of a dimension."""
        return self._book.waiting_for(dimension, since)

    @property
    def workers(self) -> int:
        """How many processes have written this ledger within a minute, this one included."""
        return self._book.workers

    def balance(self, window: Window, key: Key, *, wait: float = 0.0, fresh: bool = False) -> int:
        """Return what a key has spent in the current window, in units; for hot paths.

        This process's money is in it at once, that of other workers within an interval. The first
        time that a key is asked for, the database is; after that it is read in the background.

        Args:
            window: hour, day or month.
            key: whose sum is asked for.
            wait: longest wait for the database, in seconds.
            fresh: ask it now for what the other workers have written, not in the background.
        """
        start = start_of(window, self._clock.time())
        found = self._book.balance(window, start, key)
        if found is None:
            asked: Balances = {(window, key): (start, 0)}
            self._book.know(None, asked)
            self._writer.ask(lambda store: self._freshen(store, asked), wait)
            found = self._book.balance(window, start, key)
        elif fresh or time.monotonic() - self._freshened >= self.interval:
            self._freshened = time.monotonic()
            self._writer.ask(self._freshen, wait if fresh else 0)
            if fresh:
                found = self._book.balance(window, start, key)
        return found if found is not None else self._book.waiting(key, start)

    def hurry(self) -> None:
        """Have what is pending written now, for the other workers to know; does not wait."""
        self._writer.ask(lambda _store: None, 0)

    def spent(
        self, dimension: Dimension, window: Window = "day", *, seconds: float = 1.0
    ) -> dict[str, float]:
        """Return who spent how much in the current window, dearest first.

        Args:
            dimension: all, tenant, user (hashed), agent, template or model.
            window: hour, day or month, in UTC.
            seconds: longest wait for the database; the answer is empty after it.

        Returns:
            Key → USD.
        """

        def job(store: LedgerStore) -> dict[str, int]:
            return store.spent(window, start_of(window, self._clock.time()), dimension)

        found = self._writer.ask(job, seconds) or {}
        return {key: usd(found[key]) for key in sorted(found, key=lambda key: -found[key])}

    def spent_today(self) -> int:
        """Return what all workers have spent since midnight UTC, in units of 1e-12 USD."""
        self.refresh()
        return self._book.whole(start_of("day", self._clock.time()))

    def active_users(self) -> tuple[int, int]:
        """Return the distinct users since midnight UTC and those of the last 30 days."""
        self.refresh()
        return self._book.active_users(start_of("day", self._clock.time()))

    def flush(self, seconds: float = 2.0) -> bool:
        """Write what is pending, within some seconds; True when everything is written."""
        deadline = time.monotonic() + seconds
        while not self._book.empty:
            left = deadline - time.monotonic()
            if left <= 0 or self._closed:
                return False
            self._writer.ask(lambda _store: None, left)
            if not self._book.empty:  # the database is busy
                time.sleep(min(0.02, max(0.0, deadline - time.monotonic())))
        return True

    def close(self, seconds: float) -> None:
        """Write what is pending within some seconds; count what could not be written."""
        if self._closed:
            return
        self._writer.close(seconds)
        self._closed = True
        self._lost("shutdown", len(self._book))

    def _open(self, *, on_file: bool) -> LedgerStore:
        store = LedgerStore(self._path if on_file else None, user_key=self._user_key)
        self._hashed, self._user_key = store.hashed, store.user_key
        return store

    def _forked(self) -> None:
        self._book.begin_with_nothing()
        for watcher in self._watchers:
            watcher.forked()

    def _gave_up(self, store: LedgerStore) -> None:
        """Take what is known of today, and of budgets, over into a store in memory."""
        self._lost("write_failed", 1)
        self._book.hand_over(store)

    def _write(self, store: LedgerStore) -> list[Callable[[], None]]:
        batch = self._book.take()
        if not batch:
            return []
        now = self._clock.time()
        afterwards: list[Callable[[], None]] = []
        try:
            with store.transaction():
                lost = store.add(batch)
                touched = [(hour, key) for hour, sums in batch.hours.items() for key in sums]
                for watcher in self._watchers:
                    afterwards += watcher.written(store, touched)
                store.prune(now)
                self._book.workers = store.workers(now)
                today = store.today(start_of("day", now))
                balances = self._book.read(store, now)
        except (sqlite3.Error, OSError):
            self._lost("queue_full", self._book.put_back())
            raise
        except BaseException:
            self._lost("write_failed", self._book.drop())
            raise
        self._book.settle(today, balances)
        self._lost("rejected", lost)
        return afterwards

    def _freshen(self, store: LedgerStore, which: Balances | None = None) -> None:
        self._book.know(None, self._book.read(store, self._clock.time(), which))

    def refresh(self) -> None:
        """Read the database, at most once in an interval, and wait for it a moment only."""
        now = time.monotonic()
        if self._asked >= 0 and now - self._asked < min(self.interval, _SCRAPE_SECONDS):
            return

        def job(store: LedgerStore) -> None:
            moment = self._clock.time()
            with store.transaction(write=False):
                today = store.today(start_of("day", moment))
                balances = self._book.read(store, moment)
                for watcher in self._watchers:
                    watcher.refreshed(store, moment)
            self._book.know(today, balances)

        self._writer.ask(job, _SCRAPE_SECONDS)
        self._asked = time.monotonic()

    def _cost_per_user(self) -> dict[tuple[str, ...], float]:
        self.refresh()
        found = self._book.cost_by_user(start_of("day", self._clock.time()), self._hashed)
        return {user: usd(units) for user, units in found.items()}

    def _lost(self, reason: str, count: int) -> None:
        if count:
            self._metrics.family("telemetry_dropped_total").child("ledger", reason).inc(count)
