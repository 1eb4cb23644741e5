"""One bulk request after the other: what Elasticsearch answers, document by document."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from agent_telemetry.bounded_queue import Delivery
from agent_telemetry.standby import Standby
from agent_telemetry.workers.fork_safety import call_in_child

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_log = logging.getLogger("agent_telemetry")
_CONFLICT = 409
_TOO_LARGE = frozenset({400, 413})
#: Statuses that another try may cure, beside all of 500 and more. 404: the index may not be made
#: before its template is there.
_CURABLE = frozenset({401, 403, 404, 408, 429})
#: Said before Elasticsearch gives its name: a wrong login must be told, not taken for absence.
_LOGIN_REFUSED = frozenset({401, 403})
_SERVER_ERRORS = 500
_OK = range(200, 300)
#: A document that fails this often while its neighbours are taken is given up.
_MOST_TRIES = 5
_MOST_SAID = 100
_MOST_REASON = 200
#: An unsampled parent: a tracer that the host has set up records nothing of our requests.
_UNSAMPLED = trace.NonRecordingSpan(
    trace.SpanContext(trace_id=1, span_id=1, is_remote=False, trace_flags=trace.TraceFlags(0))
)


class Document(NamedTuple):
    """One log record on its way.

    Attributes:
        index_name: where it belongs.
        log_id: its id there, so that a second try never makes a second document.
        line: the record as JSON.
    """

    index_name: str
    log_id: str
    line: bytes


class BulkDelivery:
    """Sends batches by the client's bulk helper and reads the answer.

    Args:
        make_client: returns a client; called again in a forked child.
        standby: told of each answer of the server.
        where: the addresses, for messages.

    Attributes:
        unreachable: whether the last attempt found nobody there.
    """

    def __init__(
        self, make_client: Callable[[], "Elasticsearch"], standby: Standby, where: str
    ) -> None:
        self._make_client = make_client
        self._client: Elasticsearch | None = None
        self._standby = standby
        self._where = where
        self._away = False
        self._said: set[str] = set()
        self._tries: dict[str, int] = {}
        self.unreachable = False
        call_in_child(self._forked)

    def __call__(self, documents: Sequence[Document]) -> list[Delivery]:
        """Send one batch; return what became of each document."""
        with _unobserved():
            results, told = self._send(documents)
        if Delivery.DONE in results:
            if self._tries or Delivery.AGAIN in results:
                results = [
                    self._often(each, result)
                    for each, result in zip(documents, results, strict=True)
                ]
            self._back()
        elif Delivery.AGAIN in results:
            self._missing(told)
        return results

    def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _send(self, documents: Sequence[Document]) -> tuple[list[Delivery], str]:
        """Send a batch; return the results, and what was said when it was not taken."""
        from elastic_transport import TransportError  # noqa: PLC0415 -- see elasticsearch_client

        again = [Delivery.AGAIN] * len(documents)
        try:
            items = self._bulk(documents)
        except TransportError as error:
            self.unreachable = True
            self._standby.absence()
            return again, type(error).__name__
        self.unreachable = False
        refusal = items[0].get("exception") if items else None
        if refusal is None:
            self._standby.contact()
            results = [self._result(each) for each in items] + again[len(items) :]
            return results, _reason(items) if Delivery.AGAIN in results else ""
        named = refusal.meta.headers.get("x-elastic-product") == "Elasticsearch"
        if not named and refusal.status_code not in _LOGIN_REFUSED:
            self._standby.absence()
            return again, f"status {refusal.status_code}, and not from Elasticsearch"
        self._standby.contact()
        if refusal.status_code not in _TOO_LARGE:
            return again, f"status {refusal.status_code}"
        if len(documents) == 1:
            return [self._result(items[0])], ""
        # One of them spoils the request, or all together are too much: in halves it is found.
        half = len(documents) // 2
        first, told = self._send(documents[:half])
        second, said = self._send(documents[half:])
        return first + second, told or said

    def _bulk(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
        from elasticsearch.helpers import streaming_bulk  # noqa: PLC0415

        if self._client is None:
            self._client = self._make_client()
        outcomes = streaming_bulk(
            self._client,
            documents,  # type: ignore[arg-type]  # made into actions by the callback
            chunk_size=len(documents),
            raise_on_error=False,
            raise_on_exception=False,
            expand_action_callback=_action,  # type: ignore[arg-type]
        )
        return [next(iter(outcome.values())) for _, outcome in outcomes]

    def _result(self, item: Mapping[str, Any]) -> Delivery:
        status = item.get("status", _SERVER_ERRORS)
        if status in _OK or status == _CONFLICT:  # it is there already: an answer was lost
            return Delivery.DONE
        if status in _CURABLE or status >= _SERVER_ERRORS:
            return Delivery.AGAIN
        self._say_refused(item)
        return Delivery.REJECTED

    def _often(self, document: Document, result: Delivery) -> Delivery:
        """Give up a document that fails time and again while its neighbours are taken."""
        tries = self._tries.pop(document.log_id, 0) + 1
        if result is not Delivery.AGAIN:
            return result
        if tries >= _MOST_TRIES:
            return Delivery.REJECTED
        self._tries[document.log_id] = tries
        return result

    def _say_refused(self, item: Mapping[str, Any]) -> None:
        """Say why a document is refused, once for each kind of reason."""
        kind = _kind(item)
        if kind in self._said or len(self._said) >= _MOST_SAID:
            return
        self._said.add(kind)
        error = item.get("error")
        told = str(error.get("reason", "")) if isinstance(error, Mapping) else ""
        _log.error(
            "Elasticsearch refuses a log record (%s): %s; such records are dropped and counted",
            kind,
            # Past this word it shows what was in the field.
            told.partition(". Preview")[0][:_MOST_REASON],
            extra={"event": "record_refused", "error_type": kind},
        )

    def _missing(self, told: str) -> None:
        if self._away or not self._standby.reached:
            return
        self._away = True
        _log.warning(
            "log records do not reach Elasticsearch at %s (%s); they are kept as far as the queue "
            "holds",
            self._where,
            told,
            extra={"event": "export_failed", "error_type": "export_failed"},
        )

    def _back(self) -> None:
        if self._away:
            self._away = False
            event = {"event": "export_resumed"}
            _log.info("log records reach Elasticsearch at %s again", self._where, extra=event)

    def _forked(self) -> None:
        """Open connections of its own: to write into the parent's would spoil both."""
        self._client = None
        self._tries = {}


@contextmanager
def _unobserved() -> Iterator[None]:
    """Keep tracers of HTTP calls and of the client away: each batch would make the next one."""
    quiet = otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True)  # noqa: FBT003
    token = otel_context.attach(trace.set_span_in_context(_UNSAMPLED, quiet))
    try:
        yield
    finally:
        otel_context.detach(token)


def _action(document: Document) -> tuple[dict[str, Any], bytes]:
    return {"create": {"_index": document.index_name, "_id": document.log_id}}, document.line


def _kind(item: Mapping[str, Any]) -> str:
    error = item.get("error")
    if isinstance(error, Mapping):
        return str(error.get("type", "unknown"))
    return f"status {item.get('status')}"


def _reason(items: Sequence[Mapping[str, Any]]) -> str:
    return next((_kind(each) for each in items if each.get("status", 0) not in _OK), "")
