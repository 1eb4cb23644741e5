"""The guides' logger: a message and its fields, as one line of JSON."""

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import orjson

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.logs.files import TelemetryHandler
from agent_telemetry.logs.levels import LEVELS, level_number
from agent_telemetry.logs.record import JsonFormatter, is_first_at

#: The one formatter of every record, by the guides' name.
StructuredFormatter = JsonFormatter

#: A logging handler, or a function that takes the record's fields.
Handler = logging.Handler | Callable[[dict[str, Any]], object]

_OPTIONS = frozenset({"exc_info", "stack_info", "extra"})
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FILE_BYTES = 50 * 1024 * 1024
_FILE_BACKUPS = 5
#: Frames between the caller and the standard library: the level's method and ``_write``.
_OWN_FRAMES = 3


class StructuredLogger:
    """Logs a message with fields: ``logger.info("Order shipped", order_id=1042)``.

    It is a face of the standard logger of the same name, so that ids of the current request and
    span are in every line and a stack's files receive it. Without a stack the line goes to
    standard output. Two of one name are one logger, and a line of ``app.orders`` that passes
    ``app`` on its way is written once all the same: no place gets a line twice.

    Args:
        name: name of the logger.
        tracer: whose service name stands in the lines; the logger's name by default.
        log_file: a file of its own beside the usual places; its folder is created.
        level: least severe level that this object lets pass; None: what the root logger lets pass.

    Raises:
        ConfigurationError: the file cannot be written, or there is no such level.
    """

    def __init__(
        self,
        name: str,
        tracer: Any = None,
        log_file: str | Path | None = None,
        level: str | int | None = "INFO",
    ) -> None:
        self.name = name
        self._logger = logging.getLogger(name)
        self._formatter = StructuredFormatter(getattr(tracer, "service_name", None) or name)
        self._level = logging.NOTSET
        if level is not None:
            self.set_level(level)
        if not any(isinstance(each, _WithoutStack) for each in self._logger.handlers):
            self._logger.addHandler(_WithoutStack(self._formatter))
        if log_file is not None:
            self._add_file(Path(log_file))

    def debug(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log what only a developer needs."""
        self._write(logging.DEBUG, message, args, fields)

    def info(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log what normally happens."""
        self._write(logging.INFO, message, args, fields)

    def warning(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log what should be looked at."""
        self._write(logging.WARNING, message, args, fields)

    def error(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log a failure."""
        self._write(logging.ERROR, message, args, fields)

    def critical(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log a failure after which the service cannot go on."""
        self._write(logging.CRITICAL, message, args, fields)

    def exception(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Log a failure with the exception that is being handled."""
        self._write(logging.ERROR, message, args, {"exc_info": True, **fields})

    def log(self, level: str | int, message: str, /, *args: Any, **fields: Any) -> None:
        """Log at a level given by name or number."""
        self._write(_number(level), message, args, fields)

    def set_level(self, level: str | int) -> None:
        """Set the least severe level that is kept.

        Args:
            level: DEBUG, INFO, WARN, ERROR, FATAL, an alias, or the standard library's number.

        Raises:
            ConfigurationError: there is no such level.
        """
        self._level = _number(level)
        # Another object of this name may let more pass: the logger below is as open as the widest.
        if self._logger.level == logging.NOTSET or self._logger.level > self._level:
            self._logger.setLevel(self._level)

    def add_handler(self, handler: Handler) -> None:
        """Send every line to one more place; one that raises does not stop the others.

        It is called by whoever logs, as the standard library's handlers are, so it must be quick;
        ``logging.handlers.QueueHandler`` is there for a slow place.

        Args:
            handler: a ``logging.Handler`` (without a formatter of its own it gets the JSON one),
                or a function that takes the record's fields as a dictionary. One that is there
                already is not added again.
        """
        known = [each for each in self._logger.handlers if isinstance(each, _Isolated)]
        if all(each.inner != handler for each in known):
            self._logger.addHandler(_Isolated(handler, self._formatter))

    def remove_handler(self, handler: Handler) -> None:
        """Take back ``add_handler``."""
        for each in list(self._logger.handlers):
            if isinstance(each, _Isolated) and each.inner == handler:
                self._logger.removeHandler(each)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 -- the standard library's name
        """Return whether a line of this level is kept."""
        return level >= self._level and self._logger.isEnabledFor(level)

    def _write(
        self, level: int, message: str, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        if not self.isEnabledFor(level):
            return
        options = {key: fields.pop(key) for key in _OPTIONS & fields.keys()}
        frames = fields.pop("stacklevel", 1) + _OWN_FRAMES - 1
        given = {**(options.pop("extra", None) or {}), **fields}
        # The standard library refuses fields of its own names; none may be lost.
        extra = {f"field_{key}" if key in _STANDARD else key: each for key, each in given.items()}
        self._logger.log(level, message, *args, extra=extra, stacklevel=frames, **options)

    def _add_file(self, path: Path) -> None:
        kept = [each.place for each in self._logger.handlers if isinstance(each, _Isolated)]
        if str(path.absolute()) in kept:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                path, maxBytes=_FILE_BYTES, backupCount=_FILE_BACKUPS, encoding="utf-8"
            )
        except OSError as error:
            raise ConfigurationError(
                "log_file", str(path), f"a file that can be written ({error})"
            ) from None
        self.add_handler(handler)

    warn = warning
    fatal = critical


class _Isolated(logging.Handler):
    """Keeps what a handler raises away from its neighbours and from the host."""

    def __init__(self, inner: Handler, formatter: JsonFormatter) -> None:
        super().__init__()
        self.inner = inner
        self.place = inner.baseFilename if isinstance(inner, RotatingFileHandler) else inner
        self._formatter = formatter
        if isinstance(inner, logging.Handler):
            self.level = inner.level
            if inner.formatter is None:
                inner.setFormatter(formatter)

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on; the inner handler has a lock of its own, so none is held here."""
        try:
            if not is_first_at(record, self.place):
                return True
            if isinstance(self.inner, logging.Handler):
                self.inner.handle(record)
            else:
                self.inner(orjson.loads(self._formatter.format(record)))
        except Exception as error:  # noqa: BLE001 -- the next handler still has its turn
            _tell_once(self.inner, error)
        return True

    def flush(self) -> None:
        """Flush the inner handler."""
        if isinstance(self.inner, logging.Handler):
            self.inner.flush()

    def close(self) -> None:
        """Close the inner handler."""
        if isinstance(self.inner, logging.Handler):
            self.inner.close()
        super().close()


class _WithoutStack(logging.Handler):
    """Writes to standard output for as long as no stack takes care of the root logger."""

    def __init__(self, formatter: JsonFormatter) -> None:
        super().__init__()
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        if any(isinstance(each, TelemetryHandler) for each in logging.getLogger().handlers):
            return
        try:
            if not is_first_at(record, _WithoutStack):
                return
            sys.stdout.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 -- a closed pipe must not reach the host
            self.handleError(record)


_told: set[int] = set()
_MOST_TOLD = 100


def _tell_once(handler: Handler, error: Exception) -> None:
    """Say on standard error, once a handler, that it is broken: it may be the log itself."""
    if id(handler) in _told or len(_told) >= _MOST_TOLD:
        return
    _told.add(id(handler))
    sys.stderr.write(f"log handler {handler!r} failed and is skipped: {error!r}\n")


def _number(level: str | int) -> int:
    if isinstance(level, int):
        return level
    found = level_number(level)
    if found is None:
        raise ConfigurationError("level", level, ", ".join(LEVELS))
    return found
