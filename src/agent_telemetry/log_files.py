"""Where log lines go: standard output and files, each record in exactly one shipped file.

``app-<pid>.jsonl`` is shipped; ``error.jsonl`` is a local copy of the errors. ``app.log`` and
``error.log`` are links to them, for people and for the guides' commands.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.log_levels import level_number
from agent_telemetry.log_record import JsonFormatter
from agent_telemetry.settings import Settings


class TelemetryHandler(logging.Handler):
    """The library's one handler on the root logger; the host's own handlers are left alone.

    Args:
        sinks: handlers that write the line; a sink that fails does not stop the others.
        formatter: makes the line, once a record.
        on_lost: called once for each line that a sink could not write.
    """

    def __init__(
        self,
        sinks: list[logging.Handler],
        formatter: JsonFormatter,
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__()
        self.sinks = sinks
        for sink in sinks:
            sink.setFormatter(formatter)
            sink.handleError = lambda record: on_lost()  # type: ignore[method-assign]  # noqa: ARG005

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on; each sink has a lock of its own, so none is held here."""
        for sink in self.sinks:
            if record.levelno >= sink.level:
                sink.handle(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, as ``handle`` does."""
        self.handle(record)

    def flush(self) -> None:
        """Flush every sink."""
        for sink in self.sinks:
            with contextlib.suppress(OSError, ValueError):
                sink.flush()

    def close(self) -> None:
        """Close the files; standard output stays open."""
        for sink in self.sinks:
            sink.close()
        super().close()


def install(settings: Settings, on_lost: Callable[[], None]) -> TelemetryHandler:
    """Put the library's handler on the root logger; an earlier one of ours is replaced.

    Raises:
        ConfigurationError: the folder of the log files cannot be written.
    """
    sinks: list[logging.Handler] = []
    if settings.log_stdout:
        sinks.append(_StandardOutput())
    if settings.log_dir is not None:
        sinks += _files(settings, settings.log_dir)
    handler = TelemetryHandler(sinks, JsonFormatter(settings.service_name), on_lost)
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, TelemetryHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level_number(settings.log_level) or logging.INFO)
    return handler


def remove(handler: TelemetryHandler) -> None:
    """Take the handler off the root logger and close its files."""
    logging.getLogger().removeHandler(handler)
    handler.flush()
    handler.close()


class _StandardOutput(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what ``sys.stdout`` is at that moment, so that a redirection is followed."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> object:
        return sys.stdout


def _files(settings: Settings, folder: Path) -> list[logging.Handler]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        app = _rotating(folder / f"app-{os.getpid()}.jsonl", settings)
        errors = _rotating(folder / "error.jsonl", settings)
    except OSError as error:
        raise ConfigurationError(
            "AGENT_TELEMETRY_LOG_DIR", str(folder), f"a folder that can be written ({error})"
        ) from None
    errors.setLevel(logging.ERROR)
    _link(folder / "app.log", Path(app.baseFilename))
    _link(folder / "error.log", Path(errors.baseFilename))
    return [app, errors]


def _rotating(path: Path, settings: Settings) -> RotatingFileHandler:
    return RotatingFileHandler(
        path,
        maxBytes=settings.log_file_bytes,
        backupCount=settings.log_file_backups,
        encoding="utf-8",
    )


def _link(name: Path, target: Path) -> None:
    """Point a well-known name at today's file; a real file of that name is left alone."""
    with contextlib.suppress(OSError):
        if name.is_symlink() or not name.exists():
            fresh = name.with_name(f".{name.name}-{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(target.name)
            fresh.replace(name)
