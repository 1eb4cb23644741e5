"""``python -m agent_telemetry.log_analysis``: errors, requests, costs, search, audit trail."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from agent_telemetry.audit.files import HEAD, trail
from agent_telemetry.audit.search import main as audit_command
from agent_telemetry.log_analysis import time_words
from agent_telemetry.log_analysis.analyzer import LogAnalyzer
from agent_telemetry.log_analysis.engine import MEMORY_LIMIT, AnalysisError
from agent_telemetry.log_analysis.log_files import paths_of
from agent_telemetry.log_analysis.progress import Progress
from agent_telemetry.log_analysis.record_columns import spellings
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.record_search import Found
from agent_telemetry.log_analysis.report_text import (
    cost_lines,
    error_lines,
    record_line,
    request_lines,
    search_lines,
)
from agent_telemetry.log_analysis.text_table import json_line, need_rich

_VARIABLE = "AGENT_TELEMETRY_LOG_DIR"
_PROGRAM = "python -m agent_telemetry.log_analysis"
#: What a shell says of a program whose reader has gone (128 + SIGPIPE).
_READER_GONE = 141
_LIMIT = 100
_MOST_RECORDS = 100_000
_NOT_GIVEN: Any = object()
_Read = TypeVar("_Read")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when all is well, 1 when the audit trail is broken, 2 for a wrong call or logs that cannot
        be read, 141 when the reader of the output has gone.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    except (AnalysisError, ImportError, OSError, ValueError) as error:
        sys.stderr.write(f"{_PROGRAM}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _run(given: argparse.Namespace) -> int:
    path = Path(given.path or os.environ.get(_VARIABLE) or "logs")
    if given.command == "audit":
        return _audit(given, path)
    if not paths_of(path):
        raise AnalysisError(
            f"no log file at {path}: name a file, a folder or a pattern, or set {_VARIABLE}"
        )
    analyzer = LogAnalyzer(path, memory_limit=given.memory, progress=Progress())
    where = RecordFilter(
        level=given.level,
        agent=given.agent,
        tenant=given.tenant,
        request_id=given.request,
        trace_id=given.trace,
        user=given.user,
        event=given.event,
        since=given.since,
        until=given.until,
    )
    # Who names a beginning or an end does not mean the last hour of it.
    last = given.last
    if last is _NOT_GIVEN:
        ranged = given.since or given.until or given.request or given.trace
        last = None if ranged else time_words.seconds("1h")
    if given.command == "search":
        return _search(analyzer, analyzer.within(last, where), given)
    if not given.json:
        need_rich()
    ask, lines = {
        "costs": (analyzer.get_cost_stats, cost_lines),
        "errors": (analyzer.analyze_errors, error_lines),
        "requests": (analyzer.get_request_stats, request_lines),
    }[given.command]
    report = ask(last, where)
    _say([json_line(report)] if given.json else lines(report))
    return _ended(report)


def _search(analyzer: LogAnalyzer, where: RecordFilter, given: argparse.Namespace) -> int:
    found = Found()
    records: Iterator[dict[str, Any]] | list[dict[str, Any]]
    if given.limit:
        records, found = analyzer.search(where, limit=given.limit)
    else:
        records = analyzer.search_all(where, found)
    shown = 0
    for record in records:
        shown += 1
        _say([json_line(record) if given.json else record_line(record)])
    report = found.told()
    if given.json:
        for path, why in report["unreadable_files"].items():
            sys.stderr.write(f"not read: {path}: {why}\n")
    else:
        _say(search_lines(report, shown))
    return _ended(report)


def _ended(report: dict[str, Any]) -> int:
    """Return 2 when nothing at all could be read, though there are files."""
    return 2 if report["unreadable_files"] and not report["files"] else 0


def _audit(given: argparse.Namespace, path: Path) -> int:
    """Search the trail, then verify all of it."""
    folder = path if path.is_dir() else path.parent
    # A head without records is a trail that was deleted: that is for `verify` to tell.
    if not path.exists() or not ((folder / HEAD).exists() or any(trail(folder))):
        raise AnalysisError(f"no audit trail at {path}: name the log folder, or set {_VARIABLE}")
    as_json = ["--json"] if given.json else []
    asked = {
        "--request": given.request,
        "--user": given.user,
        "--tenant": given.tenant,
        "--event": given.event,
        "--since": given.since.isoformat() if given.since else None,
        "--until": given.until.isoformat() if given.until else None,
    }
    options = [f"{name}={value}" for name, value in asked.items() if value]
    code = audit_command([str(folder), *options, *as_json])
    anchor = [f"--anchor={given.anchor}"] if given.anchor else []
    return code or audit_command([str(folder), "--verify", *anchor, *as_json])


def _say(lines: "Iterator[str] | list[str]") -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="Look into the JSON log files.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, told in (
        ("errors", "errors: how many, of which types, the last ten"),
        ("requests", "requests by endpoint with percentiles"),
        ("costs", "model calls, their tokens and cost, by model and tenant"),
        ("search", "records by level, ids, event and time"),
        ("audit", "search the audit trail and verify that it is whole"),
    ):
        each = commands.add_parser(name, help=told, description=told)
        each.add_argument(
            "path", nargs="?", help=f"log folder, file or pattern ({_VARIABLE}, then logs)"
        )
        each.add_argument("--json", action="store_true", help="JSON instead of text")
        for field in ("request", "user", "tenant"):
            each.add_argument(f"--{field}", metavar="ID", help=f"{field} id")
        each.add_argument("--event", help="such as request_end")
        each.add_argument("--since", type=_moment, help="earliest time: 2026-03-01T10:00:00Z")
        each.add_argument("--until", type=_moment, help="time before which it was")
        if name == "audit":
            each.add_argument("--anchor", help="NUMBER:HASH of a record, noted earlier")
            continue
        each.add_argument("--level", type=_level, help="DEBUG, INFO, WARN, ERROR or FATAL")
        each.add_argument("--agent", metavar="ID", help="agent id or template")
        each.add_argument("--trace", metavar="ID", help="trace id")
        each.add_argument(
            "--last",
            type=_span,
            default=_NOT_GIVEN,
            metavar="SPAN",
            help="how far back: 15m, 7d, all (1h; all of it with a time or a request named)",
        )
        each.add_argument(
            "--memory", default=MEMORY_LIMIT, help=f"most memory of the engine ({MEMORY_LIMIT})"
        )
        if name == "search":
            each.add_argument(
                "--limit",
                type=_count,
                default=_LIMIT,
                help=f"newest records shown ({_LIMIT}; 0: all)",
            )
    return parser


def _told(read: Callable[[str], _Read], text: str) -> _Read:
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> datetime:
    return _told(time_words.moment, text)


def _span(text: str) -> float | None:
    return _told(time_words.seconds, text)


def _level(text: str) -> str:
    _told(spellings, text)
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_RECORDS:
        raise argparse.ArgumentTypeError(f"write a number up to {_MOST_RECORDS}, or 0 for all")
    return int(text)
