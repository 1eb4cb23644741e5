"""How long the analysis of log files takes, beside the engine's own scan of the same columns.

Each turn is a process of its own, so that its peak of memory is its own, too.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench.bench_table import show
from tests.bench.rounds import Contestant, measure, results

ROUNDS = 5
#: Size of the smaller logs, to which peaks of memory are compared.
FEW_MEGABYTES = 100
#: Size of one file before a rotation.
_FILE_MEGABYTES = 50

_PROGRAM = """
import json, resource, sys, time
import duckdb
from agent_telemetry.log_analysis.analyzer import LogAnalyzer
from agent_telemetry.log_analysis.engine import READ_OPTIONS, connect
from agent_telemetry.log_analysis.record_columns import ERROR_COLUMNS, REQUEST_COLUMNS
from agent_telemetry.log_analysis.record_filter import RecordFilter

logs = sys.argv[1]

def scan(columns):
    schema = ", ".join(f"{each}: 'VARCHAR'" for each in columns)
    counts = ", ".join(f"count({each})" for each in columns)
    run(f"SELECT {counts} FROM read_json('{logs}/app-*', {READ_OPTIONS}, columns = {{{schema}}})")

def run(query):
    with connect() as connection:
        connection.execute(query).fetchall()

cpu, wall = time.process_time(), time.perf_counter()
WORK
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""
_SCAN_ERRORS = "floor: DuckDB reads the 16 columns of an error"
_SCAN_REQUESTS = "floor: DuckDB reads the 16 columns of a request"
_SCAN_LINES = "floor: DuckDB reads whole lines as JSON"
#: Name, what it does, role, floor, code.
_PARTS = (
    (_SCAN_ERRORS, "counts them", "floor", "", "scan(ERROR_COLUMNS)"),
    (_SCAN_REQUESTS, "counts them", "floor", _SCAN_REQUESTS, "scan(REQUEST_COLUMNS)"),
    (_SCAN_LINES, "counts them", "floor", _SCAN_LINES,
     "run(f\"SELECT count(json) FROM read_ndjson_objects('{logs}/app-*', {READ_OPTIONS})\")"),
    ("errors", "by type and event, the last ten whole", "ours", "",
     "LogAnalyzer(logs).analyze_errors(None)"),
    ("requests", "by endpoint, percentiles", "ours", _SCAN_REQUESTS,
     "LogAnalyzer(logs).get_request_stats(None)"),
    ("search by tenant and level", "the newest 100 records whole", "ours", _SCAN_LINES,
     "LogAnalyzer(logs).search(RecordFilter(tenant='acme', level='ERROR'))"),
    ("DuckDB as it comes", "finds the columns by itself, counts them", "peer", "",
     # With its own limit of memory too: ours is too small for it.
     ("duckdb.sql(f\"SELECT count(COLUMNS(*)) FROM read_json('{logs}/app-*', format = 'nd')\")"
      ".fetchall()")),
)  # fmt: skip


def report(console: Console, folder: Path) -> dict[str, object]:
    """Write logs into a folder, analyse them, and print times and peaks of memory.

    Returns:
        megabytes, times (as those of other contests) and peaks (MB by size of the logs, by name).
    """
    megabytes = int(os.environ.get("LOG_MEGABYTES", "1000"))
    few = min(FEW_MEGABYTES, megabytes)
    _write(folder / "large", megabytes)
    _write(folder / "few", few)
    peaks = {name: [_turn(code, folder / "few")[2]] for name, *_, code in _PARTS}
    taking_part = [
        Contestant(
            name=name,
            records=records,
            run=_analysis(code, folder / "large", peaks[name]),
            role=role,
            against=against,
        )
        for name, records, role, against, code in _PARTS
    ]
    times = measure(taking_part, calls=1, rounds=ROUNDS, warm_up=0)
    found = results(taking_part, times)
    show(console, f"{megabytes} MB of logs", found, "ms")
    whole = {name: {few: first, megabytes: max(rest)} for name, (first, *rest) in peaks.items()}
    _show_peaks(console, whole)
    return {"megabytes": megabytes, "times": [asdict(each) for each in found], "peaks": whole}


def _show_peaks(console: Console, peaks: dict[str, dict[int, float]]) -> None:
    table = Table(title="Peak memory of the process, MB", title_justify="left")
    table.add_column("", no_wrap=True)
    for megabytes in next(iter(peaks.values())):
        table.add_column(f"{megabytes} MB of logs", justify="right")
    for name, each in peaks.items():
        table.add_row(name, *(f"{peak:.0f}" for peak in each.values()))
    console.print(table)


def _analysis(code: str, logs: Path, peaks: list[float]) -> Callable[[int], tuple[float, float]]:
    def run(count: int) -> tuple[float, float]:
        turns = [_turn(code, logs) for _ in range(count)]
        peaks.extend(peak for *_, peak in turns)
        return sum(cpu for cpu, *_ in turns), sum(wall for _, wall, _ in turns)

    return run


def _turn(code: str, logs: Path) -> tuple[float, float, float]:
    """Return CPU seconds, seconds and peak of memory in MB of one analysis."""
    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM.replace("WORK", code), str(logs)],
        check=False,
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise RuntimeError(f"{code} failed: {told.stderr}")
    cpu, wall, kilobytes = orjson.loads(told.stdout)
    return cpu, wall, kilobytes * 1024 / 1e6


def _write(folder: Path, megabytes: int) -> None:
    """Write logs of a size, in files as a rotation leaves them."""
    folder.mkdir()
    left, number = megabytes * 10**6, 0
    block = b"".join(_lines(_FILE_MEGABYTES * 10**6))
    while left > 0:
        name = f"app-1.jsonl.{number}" if number else "app-1.jsonl"
        part = block[: block.rfind(b"\n", 0, left) + 1] if left < len(block) else block
        if not part:
            break
        (folder / name).write_bytes(part)
        left -= len(part)
        number += 1


def _lines(size: int) -> list[bytes]:
    """Return lines of a size as the library writes them, of an hour."""
    luck, moment, lines = random.Random(1), datetime(2026, 3, 1, tzinfo=UTC), list[bytes]()
    while size > 0:
        moment += timedelta(milliseconds=luck.random() * 40)
        level = luck.choices(["INFO", "WARN", "ERROR", "DEBUG"], [90, 4, 3, 3])[0]
        fields = {
            "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": level,
            "logger": "agent_telemetry.signals",
            "message": f"Order {luck.randrange(10**6)} was looked up for the customer",
            "module": "signals",
            "function": "_write",
            "line": 101,
            "service": "shop-agent",
            "stream": "error" if level == "ERROR" else "operation",
            "event": luck.choice(["request_start", "request_end", "llm_end", "tool_end", "log"]),
            "log_id": f"{luck.getrandbits(128):032x}",
            "request_id": f"{luck.getrandbits(128):032x}",
            "trace_id": f"{luck.getrandbits(128):032x}",
            "span_id": f"{luck.getrandbits(64):016x}",
            "tenant_id": luck.choice(["acme", "umbrella", "globex"]),
            "user_id": f"u-{luck.randrange(1000)}",
            "endpoint": luck.choice(["/chat", "/feedback", "/orders/{id}"]),
            "status": "error" if level == "ERROR" else "success",
            "duration_seconds": round(luck.lognormvariate(0, 1), 4),
            "extra": {"http_status": 200, "attempt": 1},
        }
        if level == "ERROR":
            fields["error_type"] = luck.choice(["TimeoutError", "ValueError", "RateLimitError"])
        lines.append(orjson.dumps(fields) + b"\n")
        size -= len(lines[-1])
    return lines
