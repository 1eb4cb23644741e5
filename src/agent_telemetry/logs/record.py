"""One log record as one line of JSON, by the record contract of the documentation."""

import logging
import time
import traceback
from collections.abc import Iterable, Mapping
from itertools import filterfalse
from operator import attrgetter
from typing import Any

import orjson
import uuid_utils
from opentelemetry import trace

from agent_telemetry.correlation import CONTEXT_FIELDS, current_or_none
from agent_telemetry.logs.levels import level_name
from agent_telemetry.redaction.redactor import BUILT_IN, Redactor
from agent_telemetry.redaction.values import redacted_fields

#: Fields of a record at the top level; everything else goes under ``extra``.
FIELDS = (
    "timestamp", "level", "logger", "message", "module", "function", "line", "service", "stream",
    "event", "log_id", "request_id", "trace_id", "span_id", "tenant_id", "user_id", "session_id",
    "agent_id", "template_id", "model", "provider", "tool_name", "endpoint", "status",
    "error_type", "duration_seconds", "tokens_input", "tokens_output", "cost_usd", "exception",
    "extra",
)  # fmt: skip

#: Values that may be given through ``extra=`` and have a place at the top level.
_GIVEN = frozenset(FIELDS[FIELDS.index("stream") :]) - {"log_id", "exception", "extra"}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LINE, _LOG_ID = "_agent_telemetry_line", "_agent_telemetry_log_id"
_PLACES = "_agent_telemetry_places"
_NOT_GIVEN = _STANDARD | {_LINE, _LOG_ID, _PLACES}
_MOST_CHARACTERS = 32_768
_MOST_TRACEBACK = 16_384
#: A text is looked through this far past its cut, so that no half of a secret stays before it.
_PAST_THE_CUT = 4096
_OPTIONS = orjson.OPT_NON_STR_KEYS
_context_values = attrgetter(*CONTEXT_FIELDS)


class JsonFormatter(logging.Formatter):
    """Formats a record once, however many handlers write it.

    Args:
        service: value of ``service`` in every record.
        redactor: takes personal data and secrets out of messages, exceptions and ``extra``; None
            leaves them in.
    """

    def __init__(self, service: str, redactor: Redactor | None = BUILT_IN) -> None:
        super().__init__()
        self._service = service
        self._redactor = redactor
        self._second = (-1, "")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, UTF-8 text without its end of line."""
        made = record.__dict__.get(_LINE)
        if made is None or made[0] is not self:
            made = (self, encode(self.fields(record)))
            record.__dict__[_LINE] = made
        line: str = made[1]
        return line

    def fields(
        self, record: logging.LogRecord, given: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the record's fields in the order of the contract; empty ones are left out.

        Args:
            record: what was logged.
            given: fields of the caller, instead of those that the record carries.
        """
        own, level = record.__dict__, record.levelno
        out: dict[str, Any] = {
            "timestamp": self._timestamp(record.created),
            "level": level_name(level),
            "logger": record.name,
            "message": self._text(_message(record), _MOST_CHARACTERS),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
            "service": self._service,
            "stream": "error" if level >= logging.ERROR else "operation",
            "log_id": own.get(_LOG_ID) or own.setdefault(_LOG_ID, str(uuid_utils.uuid7())),
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            out["trace_id"] = trace.format_trace_id(span.trace_id)
            out["span_id"] = trace.format_span_id(span.span_id)
        context = current_or_none()
        if context is not None:
            known = zip(CONTEXT_FIELDS, _context_values(context), strict=True)
            out.update({name: value for name, value in known if value is not None})
        extra = _carried(record, out) if given is None else _placed(given, given, out)
        if record.exc_info and record.exc_info[0] is not None:
            out["exception"] = self._exception(record.exc_info)
            out.setdefault("error_type", record.exc_info[0].__name__)
        if extra:
            redactor = self._redactor
            out["extra"] = redacted_fields(redactor, extra) if redactor is not None else extra
        return out

    def _timestamp(self, created: float) -> str:
        """Return RFC 3339 in UTC with microseconds; the second's text is kept between calls."""
        second = int(created)
        kept, prefix = self._second  # read at once: several threads format
        if second != kept:
            prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, prefix)
        return f"{prefix}.{int((created - second) * 1_000_000):06d}Z"

    def _text(self, text: str, most: int) -> str:
        """Return a text of bounded length without personal data and secrets."""
        redact = self._redactor.redact if self._redactor is not None else str
        if len(text) <= most:
            return redact(text)
        head = redact(text[: most + _PAST_THE_CUT])
        return f"{head[:most]}… ({len(text)} characters)"

    def _exception(self, info: Any) -> dict[str, str]:
        lines = "".join(traceback.format_exception(*info))
        half = _MOST_TRACEBACK // 2
        if len(lines) > _MOST_TRACEBACK:
            tail = lines[-half - _PAST_THE_CUT :]
            if self._redactor is not None:
                tail = self._redactor.redact(tail)
            told = f"{self._text(lines, half)}\n{tail[-half:]}"
        else:
            told = self._text(lines, _MOST_TRACEBACK)
        return {
            "type": info[0].__name__,
            "message": self._text(_said(info[1]), _MOST_CHARACTERS),
            "traceback": told,
        }


def log_id_of(record: logging.LogRecord) -> str:
    """Return the id that ``JsonFormatter`` gave a record when it formatted it."""
    found: str = record.__dict__[_LOG_ID]
    return found


def is_first_at(record: logging.LogRecord, place: object) -> bool:
    """Return whether a record comes to a place for the first time; it is known there from now on.

    A record passes the handlers of each logger above its own, and two of them may write to one
    place.

    Args:
        record: the record.
        place: whatever is equal for the same place.
    """
    places: list[object] = record.__dict__.setdefault(_PLACES, [])
    if place in places:
        return False
    places.append(place)
    return True


def encode(fields: dict[str, Any]) -> str:
    """Return fields as one line of JSON; a value that JSON cannot hold becomes text."""
    try:
        return orjson.dumps(fields, default=repr, option=_OPTIONS).decode()
    except (TypeError, ValueError, RecursionError):
        # Lone surrogates, numbers over 64 bits, things that contain themselves.
        safe = {name: _plain(value) for name, value in fields.items()}
        return orjson.dumps(safe, option=_OPTIONS).decode()


def _plain(value: Any, depth: int = 3) -> Any:
    """Return a value that any encoder takes, as text where it has no simple form."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if depth and isinstance(value, dict):
        return {_utf8(key): _plain(each, depth - 1) for key, each in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_plain(each, depth - 1) for each in value]
    return _utf8(value)


def _utf8(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # noqa: BLE001 -- a broken __repr__ or endless nesting
        text = f"<{type(value).__name__}>"
    return _cut(text, _MOST_CHARACTERS).encode("utf-8", "replace").decode()


def _carried(record: logging.LogRecord, out: dict[str, Any]) -> dict[str, Any]:
    """Place what was given with ``extra=``, and the stack that was asked for."""
    own = record.__dict__
    extra = _placed(filterfalse(_NOT_GIVEN.__contains__, own), own, out)
    if record.stack_info:
        extra["stack_info"] = record.stack_info
    return extra


def _placed(names: Iterable[str], given: Mapping[str, Any], out: dict[str, Any]) -> dict[str, Any]:
    """Put the fields that have a place at the top level there; return the others."""
    extra: dict[str, Any] = {}
    for name in names:
        value = given[name]
        if value is not None:
            if name in _GIVEN:
                out[name] = value
            else:
                extra[name] = value
    return extra


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 -- a broken __str__ loses its text, not the record
        return f"<{type(error).__name__}>"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 -- wrong arguments lose their formatting, not the record
        return f"{record.msg!s} {record.args!r}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
