"""Who is told of what the ledger writes, in the same transaction."""

from collections.abc import Callable, Iterable
from typing import Protocol

from agent_telemetry.ledger.pending import Key
from agent_telemetry.ledger.store import LedgerStore


class LedgerWatcher(Protocol):
    """Wants to know what is written; called by the ledger's thread, within the transaction."""

    def written(
        self, store: LedgerStore, touched: Iterable[tuple[int, Key]]
    ) -> list[Callable[[], None]]:
        """Return what to do when the transaction is complete.

        Args:
            store: holds the new sums.
            touched: start of the hour and key of every sum that grew.
        """

    def refreshed(self, store: LedgerStore, now: float) -> None:
        """Read what is shown at the next scrape."""

    def forked(self) -> None:
        """Make new locks: somebody may have held them when this process was forked off."""
