"""How far a long analysis is, for people at a terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PAUSE_SECONDS = 0.5


class Progress:
    """Writes a percentage over itself, to a terminal only; what is quick says nothing.

    Args:
        stream: where to, standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr

    @contextmanager
    def watching(self, connection: "DuckDBPyConnection") -> Iterator[None]:
        """Tell how far a connection's query is, until the block ends."""
        if not self._stream.isatty():
            yield
            return
        connection.execute("SET enable_progress_bar = true")
        connection.execute("SET enable_progress_bar_print = false")
        ended = threading.Event()
        teller = threading.Thread(
            target=self._tell, args=(connection, ended), name="log-analysis-progress", daemon=True
        )
        teller.start()
        try:
            yield
        finally:
            ended.set()
            teller.join()

    def _tell(self, connection: "DuckDBPyConnection", ended: threading.Event) -> None:
        told = False
        while not ended.wait(_PAUSE_SECONDS):
            percent = connection.query_progress()
            if percent >= 0:
                told = True
                self._stream.write(f"\r{percent:3.0f} % read")
                self._stream.flush()
        if told:
            self._stream.write("\r\033[K")
            self._stream.flush()
