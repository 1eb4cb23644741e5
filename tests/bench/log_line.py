"""One JSON log line with eight fields of one's own, written to a file and flushed."""

import itertools
import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import loguru
import orjson
import structlog
from pythonjsonlogger.orjson import OrjsonFormatter

from agent_telemetry import correlation
from tests.bench.outlets import our_stack
from tests.bench.rounds import Contestant, timed

CALLS = 500
#: Differs from line to line, as real messages do: nobody gains by remembering one.
_NUMBERS = itertools.cycle(range(100_000))
FIELDS = {
    "event": "tool_end",
    "tool_name": "search_orders",
    "status": "ok",
    "duration_seconds": 0.041,
    "tenant_id": "acme",
    "session_id": "s-4711",
    "attempt": 1,
    "cached": False,
}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def contestants(ending: ExitStack, folder: Path) -> list[Contestant]:
    """Build everybody who takes part; ``ending`` takes what must be closed."""
    fields = "message, 8 fields, call site"
    return [
        Contestant(
            name="floor: logging, own Formatter, orjson",
            records=fields,
            run=timed(_logging(ending, folder / "floor.jsonl", _ByHand())),
            role="floor",
        ),
        Contestant(
            name="bare orjson",
            records="message, 8 fields",
            run=timed(_bare(_file(ending, folder / "bare.jsonl"))),
            role="floor",
            against="bare orjson",
        ),
        Contestant(
            name="agent_telemetry",
            records=f"{fields}, request's ids, log id, redaction",
            run=timed(_ours(ending, folder)),
            role="ours",
        ),
        Contestant(
            name="structlog, orjson, call site",
            records=fields,
            run=timed(_structlog(_file(ending, folder / "structlog.jsonl"))),
        ),
        Contestant(
            name="python-json-logger, orjson",
            records=fields,
            run=timed(_logging(ending, folder / "json_logger.jsonl", _json_logger())),
        ),
        Contestant(
            name="loguru, serialize",
            records=fields,
            run=timed(_loguru(ending, folder / "loguru.jsonl")),
        ),
    ]


def _message() -> str:
    return f"tool search_orders ok in {next(_NUMBERS) / 1000:.3f} s"


class _ByHand(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
            "service": "bench",
        }
        own = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        fields.update(own)
        return orjson.dumps(fields, default=str).decode()


def _json_logger() -> logging.Formatter:
    names = ("asctime", "levelname", "name", "message", "module", "funcName", "lineno")
    return OrjsonFormatter(
        " ".join(f"%({name})s" for name in names), static_fields={"service": "bench"}
    )


def _file(ending: ExitStack, path: Path) -> BinaryIO:
    return ending.enter_context(path.open("ab"))


def _logging(ending: ExitStack, path: Path, formatter: logging.Formatter) -> Callable[[], None]:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(formatter)
    ending.callback(handler.close)
    logger = logging.getLogger(f"bench.{path.stem}")
    logger.setLevel(logging.INFO)
    logger.propagate = False  # the root logger's handler is the library's
    logger.addHandler(handler)
    return lambda: logger.info(_message(), extra=FIELDS)


def _bare(file: BinaryIO) -> Callable[[], None]:
    def once() -> None:
        fields = {"timestamp": datetime.now(UTC).isoformat(), "message": _message(), **FIELDS}
        file.write(orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
        file.flush()

    return once


def _ours(ending: ExitStack, folder: Path) -> Callable[[], None]:
    our_stack(ending, folder)
    logger = logging.getLogger("bench.ours")
    context = correlation.RequestContext(request_id="r-1", tenant_id="acme", user_id="u-1")
    bound = correlation.enter(context)
    ending.callback(lambda: correlation.leave(bound))
    return lambda: logger.info(_message(), extra=FIELDS)


def _structlog(file: BinaryIO) -> Callable[[], None]:
    site = structlog.processors.CallsiteParameter
    logger = structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.CallsiteParameterAdder([site.MODULE, site.FUNC_NAME, site.LINENO]),
            structlog.processors.EventRenamer("message", "event_name"),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    ).bind(service="bench")
    fields = {("event_name" if name == "event" else name): v for name, v in FIELDS.items()}
    return lambda: logger.info(_message(), **fields)


def _loguru(ending: ExitStack, path: Path) -> Callable[[], None]:
    loguru.logger.remove()
    number = loguru.logger.add(path, serialize=True, level="INFO", diagnose=False)
    ending.callback(lambda: loguru.logger.remove(number))
    return lambda: loguru.logger.info(_message(), **FIELDS)
