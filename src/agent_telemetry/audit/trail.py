"""The audit trail: who did what, complete, in order, tamper-evident.

A record is written in the caller, past every queue, at any log level and never sampled. When it
cannot be written the request goes on; the loss is counted, ``/ready`` says so, and the next record
that can be written is preceded by one that tells how many are missing.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from agent_telemetry.audit.chain import GAP, Link, seal
from agent_telemetry.audit.log import AuditLog
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.guard import Guard
from agent_telemetry.logs.record import JsonFormatter
from agent_telemetry.settings import Settings

_log = logging.getLogger("agent_telemetry")
_NAME = "agent_telemetry.audit"
_LOCK_SECONDS = 1.0
#: ``AuditTrail.record`` called by ``stack.audit`` called by the one who is named in the record.
_CALLER = 3


class Sink(Protocol):
    """Where records of the trail go."""

    def append(self, records: Sequence[dict[str, Any]]) -> list[bytes]:
        """Append records, return their lines; raise OSError when nothing was written."""


class AuditTrail:
    """Writes the audit records of one service.

    Args:
        settings: folder and bounds; without a folder the records go to standard output.
        formatter: makes a record by the contract of the log, redacted.
        guard: takes the trail's own faults.
        on_written: called with the number of records written.
        on_lost: called for each record that could not be written.
        on_line: called with each line that was written, to be stored elsewhere, too; never raises.

    Raises:
        ConfigurationError: the folder cannot be written.
    """

    def __init__(
        self,
        settings: Settings,
        formatter: JsonFormatter,
        guard: Guard,
        *,
        on_written: Callable[[int], None],
        on_lost: Callable[[], None],
        on_line: Callable[[bytes], None] | None = None,
    ) -> None:
        self._formatter = formatter
        self._guard = guard
        self._on_written = on_written
        self._on_lost = on_lost
        self._on_line = on_line
        self._sink: Sink = (
            StandardOutputChain()
            if settings.log_dir is None
            else AuditLog(
                _folder(settings.log_dir),
                self._note,
                most_bytes=settings.audit_file_bytes,
                kept=settings.audit_files_kept,
            )
        )
        self._lost = 0
        self._whole = True
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._pid = os.getpid()

    def record(self, event: str, message: str, fields: dict[str, Any]) -> bool:
        """Write one record; True when it is in the trail.

        Args:
            event: what happened, such as ``refund_granted``.
            message: the same for people.
            fields: those of the log's contract go to the top level, the others under ``extra``.
        """
        try:
            made = self._make(event, message, fields, _CALLER)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._lose(1, error)
            self._guard.fault("audit", error)
            return False
        return self._append([made])

    def complete(self) -> bool:
        """Return whether nothing is missing that the trail does not know of, for ``/ready``.

        After a loss it tries to write the record about it: while ``/ready`` is 503 no request may
        come that would.
        """
        self._renew_after_fork()
        return self._whole or self._append([])

    def _append(self, made: list[dict[str, Any]]) -> bool:
        self._renew_after_fork()
        if not self._lock.acquire(timeout=_LOCK_SECONDS):
            self._lose(len(made), TimeoutError("the audit trail is busy"))
            return False
        try:
            lost, batch = self._lost, list(made)
            if lost:
                message = "Audit records could not be written"
                batch.insert(0, self._note(GAP, message, lost_records=lost))
            written = self._sink.append(batch)
            with self._counting:
                self._lost -= lost
                self._whole = not self._lost
        except OSError as error:
            self._lose(len(made), error)
            return False
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._lose(len(made), error)
            self._guard.fault("audit", error)
            return False
        finally:
            self._lock.release()
        self._on_written(len(written))
        if self._on_line is not None:
            for line in written:
                self._on_line(line)
        return True

    def _lose(self, count: int, error: Exception) -> None:
        with self._counting:
            first, self._whole = self._whole, False
            self._lost += count
        if first:
            _log.error(
                "the audit trail cannot be written: %s; requests go on, /ready is 503 until it can",
                error,
                extra={"event": "audit_write_failed", "error_type": type(error).__name__},
            )
        for _ in range(count):
            self._on_lost()

    def _note(self, event: str, message: str, **fields: Any) -> dict[str, Any]:
        return self._make(event, message, fields, 1)

    def _make(self, event: str, message: str, fields: dict[str, Any], depth: int) -> dict[str, Any]:
        frame = sys._getframe(depth)  # noqa: SLF001 -- CPython's own way, as in logging
        record = logging.LogRecord(
            _NAME,
            logging.INFO,
            frame.f_code.co_filename,
            frame.f_lineno,
            str(message),
            None,
            None,
            func=frame.f_code.co_name,
        )
        given = {**fields, "event": event, "stream": "audit"}
        return self._formatter.fields(record, given)

    def _renew_after_fork(self) -> None:
        """Start anew in a forked child: the lock may be held, and what is lost is the parent's."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._lock, self._counting = threading.Lock(), threading.Lock()
            self._lost, self._whole = 0, True


class StandardOutputChain:
    """Writes records to standard output, as a chain that lives as long as the process."""

    def __init__(self) -> None:
        self._last = Link()

    def append(self, records: Sequence[dict[str, Any]]) -> list[bytes]:
        """Write records and flush; return their lines.

        Raises:
            OSError: standard output is closed or full.
        """
        last, written = self._last, []
        for record in records:
            line, last = seal(record, last)
            written.append(line)
        try:
            sys.stdout.write(b"".join(written).decode())
            sys.stdout.flush()
        except ValueError as error:  # a closed file is no OSError
            raise OSError(str(error)) from None
        self._last = last
        return written


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            "AGENT_TELEMETRY_LOG_DIR", str(folder), f"a folder that can be written ({error})"
        ) from None
    return folder
