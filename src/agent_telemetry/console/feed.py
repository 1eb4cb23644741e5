"""What fills the console: finished traces and log lines, in batches, in a thread of its own."""

import logging
import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.console.store.log_row import LogRow, log_row
from agent_telemetry.console.store.store import ConsoleStore, console_path
from agent_telemetry.console.store.trace_row import spans_of
from agent_telemetry.traces.trace_record import Trace

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

_SIGNAL = "console"
_MOST_ITEMS = 8192
_MOST_BYTES = 32 * 1024 * 1024
_BATCH = 256
_LINGER_SECONDS = 0.5
_PRUNE_SECONDS = 10.0
#: A pause between traces of a batch: a burst is written without a stop of the agent's threads.
_BREATH_SECONDS = 0.0002
_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}


class ConsoleFeed:
    """Takes what a stack tells and keeps it; what the queue has no room for is counted.

    Args:
        stack: whose traces and log lines are kept. They come redacted.
    """

    def __init__(self, stack: "ObservabilityStack") -> None:
        settings, metrics = stack.settings, stack.metrics
        workers = metrics.workers
        folder = settings.state_dir or (workers.folder.path if workers is not None else None)
        path = console_path(folder, settings.service_name)
        self.store = ConsoleStore(path, settings.console)
        self._metrics = metrics
        self._guard = stack.guard
        self._prune_at = 0.0
        self._queue: BoundedQueue[Trace | str] = BoundedQueue(
            _SIGNAL,
            self._deliver,
            on_drop=self._dropped,
            on_result=lambda result, count: None,  # noqa: ARG005 -- nothing leaves the process
            most_items=_MOST_ITEMS,
            most_bytes=_MOST_BYTES,
            batch_items=_BATCH,
            linger_seconds=_LINGER_SECONDS,
        )
        metrics.track("telemetry_queue_depth", lambda: self._queue.depth, signal=_SIGNAL)
        metrics.track("telemetry_queue_capacity", lambda: self._queue.capacity, signal=_SIGNAL)

    def trace(self, trace: Trace) -> None:
        """Take a complete trace, or what ended after its trace."""
        self._queue.put(trace, trace.estimated_bytes)

    def line(self, line: str) -> None:
        """Take a log line as it is written to the files."""
        self._queue.put(line, len(line))

    def flush(self, seconds: float) -> bool:
        """Wait until everything is in the store, for at most some seconds."""
        return self._queue.flush(seconds)

    def close(self, seconds: float) -> None:
        """Write what can be written within some seconds, count the rest, and close the file."""
        self._queue.close(seconds)
        self.store.close()

    def _deliver(self, records: Sequence[Trace | str]) -> Delivery:
        traces, lines = [], []
        for record in records:
            if isinstance(record, str):
                lines += self._row(record)
            else:
                traces.append((record.trace_id, record.name, spans_of(record)))
                time.sleep(_BREATH_SECONDS)
        try:
            self.store.add(traces, lines)
            self._prune()
        except (sqlite3.Error, OSError) as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 -- one odd record must not come back for ever
            self._fault(error)
            return Delivery.REJECTED
        return Delivery.DONE

    def _row(self, line: str) -> list[LogRow]:
        try:
            return [log_row(line)]
        except (ValueError, KeyError) as error:
            self._dropped("rejected", 1)
            self._fault(error)
            return []

    def _prune(self) -> None:
        now = time.monotonic()
        if now >= self._prune_at:
            self._prune_at = now + _PRUNE_SECONDS
            self.store.prune(time.time())

    def _failed(self, error: Exception) -> Delivery:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if self.store.database.recover(error) or code in _PASSING:
            return Delivery.AGAIN
        self._fault(error)
        return Delivery.REJECTED

    def _fault(self, error: Exception) -> None:
        try:
            self._guard.fault("console", error)
        except Exception:  # noqa: BLE001 -- in strict mode; there is nobody above this thread
            return

    def _dropped(self, reason: str, count: int) -> None:
        self._metrics.inc("telemetry_dropped_total", count, signal=_SIGNAL, reason=reason)


class ConsoleLines(logging.Handler):
    """A sink of the library's log handler: hands each line on as it is written elsewhere.

    Args:
        feed: takes the lines.
    """

    def __init__(self, feed: ConsoleFeed) -> None:
        super().__init__()
        self._feed = feed

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on; the queue has a lock of its own."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the line, which another sink has formatted already."""
        try:
            self._feed.line(self.format(record))
        except Exception:  # noqa: BLE001 -- a line that is lost is counted, not raised
            self.handleError(record)
