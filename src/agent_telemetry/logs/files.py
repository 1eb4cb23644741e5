"""Where log lines go: standard output and files, each record in exactly one shipped file.

``app-<pid>.jsonl`` is shipped; ``error.jsonl`` is a local copy of the errors. ``app.log`` and
``error.log`` are links to them, for people and for the guides' commands.
"""

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.correlation import current_or_none
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.logs.left_files import remove_left_files
from agent_telemetry.logs.levels import level_number
from agent_telemetry.logs.process_log_file import ProcessLogFile
from agent_telemetry.logs.record import JsonFormatter
from agent_telemetry.logs.sampling import KeepAll, sampler
from agent_telemetry.redaction.redactor import Redactor
from agent_telemetry.settings import Settings
from agent_telemetry.workers.fork_safety import call_in_child

#: After a FATAL record the caller waits for the delivery, but not after each of a storm of them.
_FATAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOutlet:
    """What the handler reports to.

    Attributes:
        on_lost: called for each line that a sink could not write.
        on_left_out: called with the number of records that the sampling left out.
        on_fatal: called after a FATAL record, to deliver everything; with whether it may wait.
        redactor: takes personal data and secrets out of every line.
        clock: for the sampling.
        further: more handlers that get each record, formatted as for the files.
    """

    on_lost: Callable[[], None]
    on_left_out: Callable[[int], None] = lambda count: None  # noqa: ARG005
    on_fatal: Callable[[bool], None] = lambda may_wait: None  # noqa: ARG005
    redactor: Redactor | None = None
    clock: Clock | None = None
    further: tuple[logging.Handler, ...] = ()


class TelemetryHandler(logging.Handler):
    """The library's one handler on the root logger; the host's own handlers are left alone.

    Args:
        sinks: handlers that write the line; a sink that fails does not stop the others.
        formatter: makes the line, once a record.
        outlet: what is told of losses.
        rule: decides what is left out.
        levels: least severe level by tenant; empty when it is the same for all.
        level: the level of all other tenants.
    """

    def __init__(
        self,
        sinks: list[logging.Handler],
        formatter: JsonFormatter,
        outlet: LogOutlet,
        *,
        rule: KeepAll | None = None,
        levels: Mapping[str, int] | None = None,
        level: int = logging.NOTSET,
    ) -> None:
        super().__init__()
        self.sinks = sinks
        self._outlet = outlet
        self._rule = rule if rule is not None else KeepAll()
        self._levels = levels or {}
        self._least = level
        self._clock = outlet.clock if outlet.clock is not None else SystemClock()
        self._hurried = float("-inf")
        self._formatter = formatter
        for sink in sinks:
            self._prepare(sink)
        call_in_child(self._rule.forget)

    def add_sink(self, sink: logging.Handler) -> None:
        """Write each line to one more sink."""
        self._prepare(sink)
        self.sinks = [*self.sinks, sink]

    def _prepare(self, sink: logging.Handler) -> None:
        sink.setFormatter(self._formatter)
        sink.handleError = lambda record: self._outlet.on_lost()  # type: ignore[method-assign]  # noqa: ARG005

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on; each sink has a lock of its own, so none is held here."""
        if self._levels and record.levelno < self._level_here():
            return False
        for each in self._rule.take(record):
            self._write(each)
        if record.levelno >= logging.CRITICAL:
            self._hurry()
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, as ``handle`` does."""
        self.handle(record)

    def _write(self, record: logging.LogRecord) -> None:
        for sink in self.sinks:
            if record.levelno >= sink.level:
                sink.handle(record)

    def _level_here(self) -> int:
        context = current_or_none()
        tenant = context.tenant_id if context is not None else None
        return self._levels.get(tenant or "", self._least)

    def _hurry(self) -> None:
        """Deliver everything; wait for it neither where that stops others nor time and again."""
        now = self._clock.monotonic()
        ours = threading.current_thread().name.startswith("agent_telemetry-")
        may_wait = not ours and not _in_event_loop() and now - self._hurried >= _FATAL_SECONDS
        if may_wait:
            self._hurried = now
        self._outlet.on_fatal(may_wait)

    def flush(self) -> None:
        """Flush every sink."""
        for sink in self.sinks:
            with contextlib.suppress(OSError, ValueError):
                sink.flush()

    def close(self) -> None:
        """Write what the sampling held and close the files; standard output stays open."""
        for each in self._rule.close():
            self._write(each)
        for sink in self.sinks:
            sink.close()
        super().close()


def install(settings: Settings, outlet: LogOutlet) -> TelemetryHandler:
    """Put the library's handler on the root logger; an earlier one of ours is replaced.

    Raises:
        ConfigurationError: the folder of the log files cannot be written.
    """
    sinks: list[logging.Handler] = []
    if settings.log_stdout:
        sinks.append(_Standard("stdout"))
    if settings.log_dir is not None:
        sinks += _files(settings, settings.log_dir)
    if settings.log_stderr:
        sinks.append(_Standard("stderr", logging.ERROR))
    sinks += outlet.further
    formatter = JsonFormatter(settings.service_name, outlet.redactor)
    level = level_number(settings.log_level) or logging.INFO
    levels = {name: level_number(each) or level for name, each in settings.tenant_levels.items()}
    handler = TelemetryHandler(
        sinks,
        formatter,
        outlet,
        rule=sampler(settings.log_sampling, formatter.format, outlet.on_left_out, outlet.clock),
        levels=levels,
        level=level,
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, TelemetryHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    # A record below the root's level is never made, so the least of all levels counts there.
    root.setLevel(min(level, *levels.values()) if levels else level)
    return handler


def remove(handler: TelemetryHandler) -> None:
    """Take the handler off the root logger and close its files."""
    logging.getLogger().removeHandler(handler)
    handler.flush()
    handler.close()


class _Standard(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stdout`` or ``sys.stderr`` is then, so that a redirection is followed.

    Args:
        name: ``stdout`` or ``stderr``.
        level: least severe level that goes there.
    """

    def __init__(self, name: str, level: int = logging.NOTSET) -> None:
        logging.Handler.__init__(self, level)
        self._which = name

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """The stream of this moment."""
        found: TextIO = getattr(sys, self._which)
        return found


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _opened(path: Path) -> None:
    """Point ``app.log`` at a file just opened, and clear what ended processes left beside it."""
    _link(path.with_name("app.log"), path)
    with contextlib.suppress(OSError):
        remove_left_files(path.parent)


def _files(settings: Settings, folder: Path) -> list[logging.Handler]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        app = ProcessLogFile(
            lambda pid: folder / f"app-{pid}.jsonl",
            most_bytes=settings.log_file_bytes,
            backups=settings.log_file_backups,
            opened=_opened,
        )
        errors = ProcessLogFile(
            lambda _pid: folder / "error.jsonl",
            most_bytes=settings.log_file_bytes,
            backups=settings.log_file_backups,
            shared=True,
        )
    except OSError as error:
        raise ConfigurationError(
            "AGENT_TELEMETRY_LOG_DIR", str(folder), f"a folder that can be written ({error})"
        ) from None
    errors.setLevel(logging.ERROR)
    _link(folder / "error.log", Path(errors.baseFilename))
    return [app, errors]


def _link(name: Path, target: Path) -> None:
    """Point a well-known name at today's file; a real file of that name is left alone."""
    with contextlib.suppress(OSError):
        if name.is_symlink() or not name.exists():
            fresh = name.with_name(f".{name.name}-{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(target.name)
            fresh.replace(name)
