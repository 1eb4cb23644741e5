"""Standby: a server that may not be there at all is not missed until it was reached once.

What waits for it is a ring of the last records: what falls out is no loss, as nobody may ever have
wanted it. From the first answer on the rules of an outage apply: records are kept as far as the
queue holds, and each one given up is counted.
"""

import time
from collections.abc import Callable

_SLICE_SECONDS = 0.05
#: What is held for a server that was looked for and not found, by default.
RING_RECORDS, RING_BYTES = 1000, 4 * 1024 * 1024


class Standby:
    """Whether a server has ever answered, and how much is held for it meanwhile.

    Args:
        resize: sets the most records and the most bytes that are held. Nothing is known of the
            server before the first attempt, so the queue begins with its full size.
        full: most records and bytes held once it is known to be there.
        reached: whether it is to be missed from the beginning.
    """

    def __init__(
        self,
        resize: Callable[[int, int], None],
        full: tuple[int, int],
        *,
        reached: bool = False,
    ) -> None:
        self._resize = resize
        self._full = full
        self._absent = False
        self.reached = reached

    def contact(self) -> None:
        """Take note of an answer of the server, whatever it said."""
        if not self.reached:
            self.reached = True
            self._resize(*self._full)

    def absence(self) -> None:
        """Take note that it was not found."""
        if not self.reached and not self._absent:
            self._absent = True
            most_items, most_bytes = self._full
            self._resize(min(RING_RECORDS, most_items), min(RING_BYTES, most_bytes))

    def flush(
        self, flush: Callable[[float], bool], is_away: Callable[[], bool], seconds: float
    ) -> bool:
        """Wait until a queue is delivered; True when it is, or when nobody is there to miss it.

        Args:
            flush: that of the queue.
            is_away: whether the last attempt found nobody there.
            seconds: longest wait.
        """
        deadline = time.monotonic() + seconds
        while not self.reached and (left := deadline - time.monotonic()) > 0:
            if flush(min(left, _SLICE_SECONDS)) or is_away():
                return True
        return flush(max(0.0, deadline - time.monotonic()))
