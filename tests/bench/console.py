"""What an open console costs the agent: P95 of its chats with pages open against closed.

The lite version runs with 10 000 traces in its console. First it is asked as fast as it answers,
which is the saturation rate of this machine in this hour. Then chats come at half that rate, at
moments that do not wait for answers, in turns with the console closed and with two pages open that
are drawn anew every few seconds. The number is the ratio of the two P95; the clock is the agent's
callers'.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path
from statistics import median

import httpx
import psutil
from rich.console import Console

from agent_telemetry.percentile import percentile
from commands.checkout import ROOT
from commands.lite_process import lite_environment
from tests.bench.console_traces import fill
from tests.bench.console_viewer import ConsoleViewer
from tests.polling import wait_for

TRACES = 10_000
AIM = 1.05
TURNS = 6
TURN_SECONDS = 12.0
_OPEN_PAGES = ("/", "/traces")
_AT_ONCE = 64
_WARM_UP_SECONDS = 5
_numbers = count(1)


@dataclass(frozen=True)
class ConsoleCost:
    """What was found.

    Attributes:
        traces: traces in the console.
        saturation: chats a second, asked as fast as they are answered.
        rate: chats a second while it was measured: half of that.
        closed_p95_ms: P95 of the chats with the console closed.
        open_p95_ms: the same with pages open.
        ratio: open to closed.
        ratios: the same of each pair of turns, which shows how sure the ratio is.
        closed_cpu_ms: CPU time of the agent's process for one chat with the console closed, which
            other load on the machine changes little.
        open_cpu_ms: the same with pages open, what they cost included.
        updates: how many times an open page was drawn anew.
    """

    traces: int
    saturation: float
    rate: float
    closed_p95_ms: float
    open_p95_ms: float
    ratio: float
    ratios: list[float]
    closed_cpu_ms: float
    open_cpu_ms: float
    updates: int


@contextmanager
def agent(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run the lite version with a full console; give its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    fill(folder / "state", "example-agent", TRACES)
    environment = {
        **os.environ,
        **lite_environment(port, folder),
        "BENCHMARK_SECONDS": "0",
        "AGENT_TELEMETRY_LOG_STDOUT": "0",
    }
    with (folder / "output.txt").open("wb") as output:
        child = subprocess.Popen(
            (sys.executable, "-m", "example_app.lite"),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(
            lambda: httpx.get(f"{base}/ready").is_success, within=60, what="the agent is ready"
        )
        yield base, psutil.Process(child.pid)
    finally:
        child.kill()
        child.wait(timeout=10)


async def chat(http: httpx.AsyncClient) -> float:
    """Ask something that no cache knows; return the seconds."""
    number = next(_numbers)
    began = time.perf_counter()
    answer = await http.post(
        "/chat",
        json={"message": f"Where is my order 1042? ({number})", "tenant_id": f"t{number % 20}"},
    )
    answer.raise_for_status()
    return time.perf_counter() - began


async def saturation(http: httpx.AsyncClient, seconds: float) -> float:
    """Return the chats a second when many callers ask again as soon as they have an answer."""
    until = time.perf_counter() + seconds

    async def ask() -> int:
        done = 0
        while time.perf_counter() < until:
            await chat(http)
            done += 1
        return done

    began = time.perf_counter()
    done = await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
    return sum(done) / (time.perf_counter() - began)


async def turn(http: httpx.AsyncClient, rate: float, seconds: float) -> list[float]:
    """Return the seconds of chats that come at a rate, whether or not the last is answered."""
    began = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(chat(http)))
    return list(await asyncio.gather(*tasks))


async def measured(
    base: str, process: psutil.Process, *, turns: int, seconds: float
) -> ConsoleCost:
    """Measure saturation, then turns with the console closed and open, another one first each."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=500)
    closed: list[list[float]] = []
    opened: list[list[float]] = []
    updates = 0
    busy = {True: 0.0, False: 0.0}
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as http:
        await turn(http, 5, _WARM_UP_SECONDS)
        most = await saturation(http, seconds)
        rate = most / 2
        for number in range(turns):
            for is_open in (True, False) if number % 2 else (False, True):
                before = _cpu(process)
                if is_open:
                    async with ConsoleViewer(base, _OPEN_PAGES) as viewer:
                        opened.append(await turn(http, rate, seconds))
                    updates += viewer.updates
                else:
                    closed.append(await turn(http, rate, seconds))
                busy[is_open] += _cpu(process) - before
    if not updates:
        raise RuntimeError("no open page was drawn anew: nothing was measured")
    seen, shut = p95(list(chain(*opened))), p95(list(chain(*closed)))
    ratios = [p95(one) / p95(other) for one, other in zip(opened, closed, strict=True)]
    return ConsoleCost(
        traces=TRACES,
        saturation=round(most, 1),
        rate=round(rate, 1),
        closed_p95_ms=round(shut * 1000, 1),
        open_p95_ms=round(seen * 1000, 1),
        ratio=round(seen / shut, 3),
        ratios=[round(each, 3) for each in ratios],
        closed_cpu_ms=round(busy[False] / sum(map(len, closed)) * 1000, 1),
        open_cpu_ms=round(busy[True] / sum(map(len, opened)) * 1000, 1),
        updates=updates,
    )


def _cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process so far."""
    told = process.cpu_times()
    return float(told.user + told.system)


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return percentile(sorted(times), 95)


def report(console: Console, folder: Path) -> dict[str, object]:
    """Measure with a lite version of its own; print and return what was found."""
    with agent(folder) as (base, process):
        cost = asyncio.run(measured(base, process, turns=TURNS, seconds=TURN_SECONDS))
    show(console, cost)
    return asdict(cost)


def show(console: Console, cost: ConsoleCost) -> None:
    """Print what was found."""
    console.print(
        f"The console, {cost.traces:,} traces, chats at {cost.rate:g}/s (saturation"
        f" {cost.saturation:g}/s): P95 {cost.closed_p95_ms:g} ms closed,"
        f" {cost.open_p95_ms:g} ms open, [bold]ratio {cost.ratio:.3f}[/bold] (aim {AIM}; turns"
        f" {min(cost.ratios):.3f} to {max(cost.ratios):.3f}, median {median(cost.ratios):.3f};"
        f" drawn anew {cost.updates} times); CPU of the agent for one chat"
        f" {cost.closed_cpu_ms:g} ms closed, {cost.open_cpu_ms:g} ms open"
    )
