"""One model call while the collector is healthy, away, hangs or is slow: what callers feel.

The question is the 99th percentile (acceptance check A5: less than 1 ms added), so single calls are
timed by the clock, at a steady pace, each way in turns with the others.
"""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from agent_telemetry import Settings, create_observability_stack
from tests.bench.model_call_floor import ModelCallFloor

TURNS = 8
CALLS = 400
#: Between two calls, so that exporter and queue work while calls are made, as in a service.
PAUSE_SECONDS = 0.001
SLOW_SECONDS = 2.0

Once = Callable[[], object]


class _Collector(BaseHTTPRequestHandler):
    """Takes every batch."""

    seconds = 0.0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(self.seconds)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _SlowCollector(_Collector):
    seconds = SLOW_SECONDS


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def _socket(*, listens: bool) -> Iterator[int]:
    """A port that refuses, or one where the kernel accepts and nobody ever answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen(100)
        yield int(taken.getsockname()[1])


def _ways(ending: ExitStack, folder: Path) -> dict[str, Once]:
    """Return each way to record a call. The one by hand shows what the machine itself adds."""
    ports = {
        "healthy": ending.enter_context(_served(_Collector)),
        "refused": ending.enter_context(_socket(listens=False)),
        "hanging": ending.enter_context(_socket(listens=True)),
        "slow": ending.enter_context(_served(_SlowCollector)),
    }
    return {
        "none: written by hand": ModelCallFloor(ending, folder).whole,
        **{name: _call(ending, folder / name, port) for name, port in ports.items()},
    }


def _call(ending: ExitStack, folder: Path, port: int) -> Once:
    settings = Settings(
        service_name="bench",
        otlp_traces_endpoint=f"http://127.0.0.1:{port}/v1/traces",
        log_dir=folder,
        log_stdout=False,
        log_stderr=False,
    )
    stack = create_observability_stack("bench", settings=settings)
    ending.callback(stack.shutdown)

    def once() -> None:
        with stack.llm("gpt-4o-mini", provider="openai", tenant_id="acme") as call:
            call.usage(input=812, output=143, cached=100)

    return once


def _timed(once: Once) -> list[float]:
    """Return the microseconds of each call of one turn."""
    gc.collect()
    found = []
    for _ in range(CALLS):
        began = time.perf_counter()
        once()
        found.append((time.perf_counter() - began) * 1e6)
        time.sleep(PAUSE_SECONDS)
    return found


def report(console: Console, folder: Path) -> dict[str, object]:
    """Time every way in turns; print and return the percentiles of one call in microseconds."""
    with ExitStack() as ending:
        ways = _ways(ending, folder)
        for once in ways.values():
            _timed(once)
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, once in ways.items():
                found[name] += _timed(once)
    percentiles = {name: quantiles(times, n=100) for name, times in found.items()}
    healthy = percentiles["healthy"]
    table = Table("collector", "calls", "p50 µs", "p99 µs", "p50 / healthy", "p99 / healthy")
    for name, cuts in percentiles.items():
        table.add_row(
            name,
            str(len(found[name])),
            f"{cuts[49]:.0f}",
            f"{cuts[98]:.0f}",
            f"{cuts[49] / healthy[49]:.2f}",
            f"{cuts[98] / healthy[98]:.2f}",
        )
    console.print(table)
    return {
        name: {"p50_microseconds": cuts[49], "p99_microseconds": cuts[98]}
        for name, cuts in percentiles.items()
    }
