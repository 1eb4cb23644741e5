"""A logging handler that stores records in Elasticsearch, in bulk, without holding anybody up."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.logs.elasticsearch_client import make_client, require_package
from agent_telemetry.logs.elasticsearch_delivery import BulkDelivery, Document
from agent_telemetry.logs.elasticsearch_settings import (
    ElasticsearchSettings,
    checked_authorities,
    checked_prefix,
    parse_hosts,
)
from agent_telemetry.logs.record import JsonFormatter, log_id_of
from agent_telemetry.standby import Standby
from agent_telemetry.workers.fork_safety import forkable_lock

#: A longer record loses its ``extra``; one that is still longer is refused.
MOST_RECORD_BYTES = 1024 * 1024
_KEPT_OF_EXTRA = 100_000
_BATCH_BYTES = 5 * 1024 * 1024
_RETRY_SECONDS = (0.5, 15.0)
_OVERHEAD = 300
_DAY = 86_400
_WORKER = "elasticsearch"


class ElasticsearchHandler(logging.Handler):
    """Stores each record once in the index of its day, ``agent-logs-YYYY.MM.DD`` in UTC.

    A record is queued and sent by a thread, ``capacity`` records a request or what there is after
    ``flush_interval``. What cannot be sent is kept as far as the queue holds; what is given up is
    counted. At any time: records taken = ``delivered`` + ``depth`` + all of ``dropped``.

    Args:
        hosts: addresses such as ``http://elasticsearch:9200``, one or several.
        service: value of ``service`` in the records.
        api_key: an encoded API key.
        basic_auth: user and password instead.
        ca_certs: PEM file of the authorities that are believed.
        verify_certs: whether the server's certificate is looked at.
        index_prefix: what the name of the index begins with.
        capacity: records of one request.
        flush_interval: longest wait for so many, in seconds.
        queue_size: most records held while Elasticsearch is away.
        queue_bytes: most bytes held while Elasticsearch is away.
        close_seconds: longest time that ``close`` waits for deliveries.
        standby: until Elasticsearch was reached once, hold only the last records and count none
            as dropped.
        on_drop: called with a reason and a number for records given up.
        on_result: called with each delivery's result and its number of records.

    Raises:
        ConfigurationError: an argument is wrong, or the package ``elasticsearch`` is missing.
    """

    def __init__(
        self,
        hosts: str | Sequence[str],
        *,
        service: str = "agent",
        api_key: str | None = None,
        basic_auth: tuple[str, str] | None = None,
        ca_certs: str | Path | None = None,
        verify_certs: bool = True,
        index_prefix: str = "agent-logs",
        capacity: int = 100,
        flush_interval: float = 5.0,
        queue_size: int = 10_000,
        queue_bytes: int = 32 * 1024 * 1024,
        close_seconds: float = 1.0,
        standby: bool = True,
        on_drop: Callable[[str, int], None] = lambda reason, count: None,  # noqa: ARG005
        on_result: Callable[[Delivery, int], None] = lambda result, count: None,  # noqa: ARG005
    ) -> None:
        require_package("hosts")
        found, login = parse_hosts(hosts if isinstance(hosts, str) else ",".join(hosts))
        if not found:
            raise ConfigurationError("hosts", "", "addresses such as http://elasticsearch:9200")
        settings = ElasticsearchSettings(
            hosts=found,
            basic_auth=basic_auth or login,
            api_key=api_key,
            ca_certs=checked_authorities(Path(ca_certs) if ca_certs is not None else None),
            verify_certs=verify_certs,
            index_prefix=checked_prefix(index_prefix),
        )
        make_client(settings).close()  # what is wrong shows now
        super().__init__()
        self._told_drop, self._told_result = on_drop, on_result
        self._prefix, self._close_seconds = index_prefix, close_seconds
        self._index = (-1, "")
        self._ended = False
        self._counts = forkable_lock()
        self.delivered = 0
        self.dropped: dict[str, int] = {}
        self._standby = Standby(self._resize, (queue_size, queue_bytes), reached=not standby)
        self._deliver = BulkDelivery(lambda: make_client(settings), self._standby, ", ".join(found))
        self._queue: BoundedQueue[Document] = BoundedQueue(
            _WORKER,
            self._deliver,
            on_drop=self._dropped,
            on_result=self._settled,
            most_items=queue_size,
            most_bytes=queue_bytes,
            batch_items=capacity,
            batch_bytes=_BATCH_BYTES,
            linger_seconds=flush_interval,
            retry_seconds=_RETRY_SECONDS,
            is_away=lambda: self._deliver.unreachable,
        )
        self.setFormatter(JsonFormatter(service))

    @property
    def depth(self) -> int:
        """Records that wait; 0 in standby, where nobody is known to want them."""
        return self._queue.depth if self._standby.reached else 0

    @property
    def capacity(self) -> int:
        """Most records that may wait."""
        return self._queue.capacity

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 -- logging's name
        """Take another formatter of the record contract.

        Raises:
            ConfigurationError: it is another kind; the documents would have other fields.
        """
        if not isinstance(fmt, JsonFormatter):
            raise ConfigurationError("formatter", type(fmt).__name__, "a JsonFormatter")
        super().setFormatter(fmt)

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on; no lock is held, as the queue has its own."""
        kept = self.filter(record)
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; never waits for Elasticsearch, never raises."""
        try:
            if _is_own_echo(record):
                return
            line = self.format(record).encode()
            self._put(Document(self._index_of(record.created), log_id_of(record), line))
        except Exception:  # noqa: BLE001 -- a record that cannot be written must not reach the host
            self._lost()

    def ship(self, line: bytes) -> None:
        """Queue a record of the audit trail, as it was written there; never raises."""
        try:
            record = orjson.loads(line)
            day = str(record["timestamp"])[:10].replace("-", ".")
            self._put(Document(f"{self._prefix}-{day}", record["log_id"], line.rstrip(b"\n")))
        except Exception:  # noqa: BLE001 -- the trail itself has it
            self._lost()

    def flush(self) -> None:
        """Have what waits sent now, without waiting for it; ``deliver`` and ``close`` wait."""
        self._queue.flush(0.0)

    def deliver(self, seconds: float) -> bool:
        """Wait until everything is delivered; True when it is, or when nobody is there to miss it.

        Args:
            seconds: longest wait.
        """
        return self._standby.flush(self._queue.flush, lambda: self._deliver.unreachable, seconds)

    def close(self) -> None:
        """Deliver what can be delivered before the deadline; count the rest.

        A second call, such as that of ``logging`` at the end of the program, waits for nothing.
        """
        if self._ended:
            return
        self._ended = True
        self._queue.close(self._close_seconds)
        with contextlib.suppress(Exception):
            self._deliver.close()
        super().close()

    def _put(self, document: Document) -> None:
        if len(document.line) > MOST_RECORD_BYTES:
            document = document._replace(line=_without_extra(document.line))
            if len(document.line) > MOST_RECORD_BYTES:
                self._dropped("rejected", 1)
                return
        self._queue.put(document, len(document.line) + _OVERHEAD)

    def _index_of(self, created: float) -> str:
        day = int(created // _DAY)
        kept, index = self._index  # read at once: several threads log
        if day != kept:
            index = f"{self._prefix}-{time.strftime('%Y.%m.%d', time.gmtime(created))}"
            self._index = (day, index)
        return index

    def _resize(self, most_items: int, most_bytes: int) -> None:
        self._queue.resize(most_items, most_bytes)

    def _lost(self) -> None:
        with contextlib.suppress(Exception):
            self._dropped("write_failed", 1)

    def _dropped(self, reason: str, count: int) -> None:
        # Nobody is known to want the ring; what can never be sent is another thing.
        if not self._standby.reached and reason in {"queue_full", "shutdown"}:
            return
        with self._counts:
            self.dropped[reason] = self.dropped.get(reason, 0) + count
        self._told_drop(reason, count)

    def _settled(self, result: Delivery, count: int) -> None:
        if result is Delivery.AGAIN and not self._standby.reached:
            return
        if result is Delivery.DONE:
            with self._counts:
                self.delivered += count
        self._told_result(result, count)


class BatchElasticsearchHandler(ElasticsearchHandler):
    """The same for much traffic: 1000 records a request.

    Args:
        hosts: as above.
        capacity: records of one request.
        **options: as above.
    """

    def __init__(self, hosts: str | Sequence[str], *, capacity: int = 1000, **options: Any) -> None:
        super().__init__(hosts, capacity=capacity, **options)


def _is_own_echo(record: logging.LogRecord) -> bool:
    """Whether some package logs about our own request: that would make the next one."""
    ours = threading.current_thread().name == f"agent_telemetry-{_WORKER}"
    return ours and not record.name.startswith("agent_telemetry")


def _without_extra(line: bytes) -> bytes:
    """Return a record whose ``extra`` is text, and cut: it is stored, not searched."""
    record = orjson.loads(line)
    extra = orjson.dumps(record.pop("extra", None))
    cut = extra[:_KEPT_OF_EXTRA].decode("utf-8", "replace")
    record["extra"] = {"cut": cut, "bytes": len(extra)}
    return orjson.dumps(record)
