"""What a stack does with logs and the audit trail, as methods of the stack."""

import logging
import os
import sys
import threading
from abc import ABC, abstractmethod
from typing import Any, NoReturn

from agent_telemetry.asgi.readiness import Readiness
from agent_telemetry.audit.trail import AuditTrail
from agent_telemetry.clock import Clock
from agent_telemetry.guard import Guard
from agent_telemetry.logs.elasticsearch_handler import ElasticsearchHandler
from agent_telemetry.logs.elasticsearch_sink import elasticsearch_sink
from agent_telemetry.logs.files import LogOutlet, TelemetryHandler, install
from agent_telemetry.logs.record import JsonFormatter
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.redaction.redactor import Redactor
from agent_telemetry.settings import Settings

_requests = logging.getLogger("agent_telemetry.request")
_PREVIEW = 100
#: A secret that a preview would cut in two is found this far.
_PAST_THE_PREVIEW = 1000


class LogMethods(ABC):
    """Logs, audit trail and redaction of one stack.

    Attributes:
        redactor: takes personal data and secrets out of text; None when that is switched off.
        audit_trail: where ``audit`` writes.
    """

    settings: Settings
    metrics: Metrics
    guard: Guard
    ready: Readiness
    redactor: Redactor | None
    audit_trail: AuditTrail
    _log_handler: TelemetryHandler
    _log_store: ElasticsearchHandler | None

    def audit(self, event: str, message: str = "", **fields: Any) -> bool:
        """Write an audit record: complete, in order, never sampled, at any log level.

        It is written before this returns. When it cannot be written this returns False, the loss
        is counted and ``/ready`` is 503 until the trail has been told of it; nothing is raised.

        Args:
            event: what happened, such as ``refund_granted``.
            message: the same for people.
            **fields: those of the log's contract (``status``, ``tool_name``, …) and any other; the
                ids of the request are added.
        """
        return self.audit_trail.record(event, message, fields)

    def add_log_sink(self, sink: logging.Handler) -> None:
        """Have each line handled by one more handler, formatted as in the files.

        Args:
            sink: closed at the end with the others; one that fails does not stop them.
        """
        self._log_handler.add_sink(sink)

    def redact(self, text: str) -> str:
        """Return a text without personal data and secrets; as it is when that is switched off."""
        return self.redactor.redact(text) if self.redactor is not None else text

    def request_started(self, query: str) -> None:
        """Log that a request began.

        Args:
            query: what was asked; its first 100 characters are logged, redacted.
        """
        try:
            preview = self.redact(query[: _PREVIEW + _PAST_THE_PREVIEW])[:_PREVIEW]
            fields = {
                "event": "request_start",
                "query_preview": preview,
                "query_length": len(query),
            }
            _requests.info("Request started", extra=fields, stacklevel=2)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self.guard.fault("request_started", error)

    def cache_hit(self, cache_type: str) -> None:
        """Log that an answer came from a cache; ``metrics.cache_request`` counts look-ups.

        Args:
            cache_type: which cache, such as ``response``.
        """
        fields = {"event": "cache_hit", "cache_type": cache_type}
        _requests.info("Cache hit", extra=fields, stacklevel=2)

    def fatal(self, message: str, **fields: Any) -> NoReturn:
        """Log at FATAL, deliver everything that can be delivered in time, and end the process.

        Args:
            message: why it cannot go on.
            **fields: fields of the record.

        Raises:
            SystemExit: with status 1, in the main thread. Elsewhere it would end the thread only,
                so there the process is ended at once.
        """
        log = logging.getLogger(self.settings.service_name)
        log.critical(message, extra={"event": "fatal", **fields}, stacklevel=2)
        self.shutdown()
        if threading.current_thread() is threading.main_thread():
            sys.exit(1)
        os._exit(1)

    @abstractmethod
    def flush(self, seconds: float = 2.0) -> bool:
        """Wait until everything is delivered."""

    @abstractmethod
    def shutdown(self) -> None:
        """Deliver what can be delivered and close."""

    def _open_logs(self, clock: Clock | None) -> None:
        """Set up redaction, log files and the audit trail.

        Raises:
            ConfigurationError: the folder cannot be written, or the patterns are wrong.
        """
        settings = self.settings
        self.redactor = Redactor.load(
            settings.redact_patterns_file, lambda error: self.guard.fault("redaction", error)
        )
        if not settings.redact:
            self.redactor = None
        dropped = self.metrics.family("telemetry_dropped_total")
        written = self.metrics.family("telemetry_audit_records_total").child()
        self._log_store = store = elasticsearch_sink(settings, self.metrics, clock)
        self._log_handler = install(
            settings,
            LogOutlet(
                on_lost=dropped.child("logs", "write_failed").inc,
                on_left_out=dropped.child("logs", "sampled").inc,
                on_fatal=self._hurry,
                redactor=self.redactor,
                clock=clock,
                further=(store,) if store is not None else (),
            ),
        )
        self.audit_trail = AuditTrail(
            settings,
            JsonFormatter(settings.service_name, self.redactor),
            self.guard,
            on_written=written.inc,
            on_lost=dropped.child("audit", "write_failed").inc,
            on_line=store.ship if store is not None else None,
        )
        self.ready.add("audit", self.audit_trail.complete)

    def _flush_logs(self, seconds: float) -> bool:
        """Wait until the log store has what waits for it, for at most some seconds."""
        return self._log_store is None or self._log_store.deliver(seconds)

    def _hurry(self, may_wait: bool) -> None:  # noqa: FBT001 -- a callback's one argument
        """Deliver everything now: after a FATAL record the process may not live long."""
        self.flush(self.settings.shutdown_seconds if may_wait else 0.0)
