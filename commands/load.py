"""`make load RATE=600`: more traffic of the same mix on what runs, and what came of it.

Sends as many requests a minute as RATE says, for DURATION seconds (60 unless told otherwise), with
the random choices of SEED. It asks this machine only. Money: the model calls count as usual, so a
high rate may well fire HighAPICost.
"""

import ipaddress
import json
import math
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from commands.addresses import APP
from commands.checkout import ROOT
from commands.environment import BadVariableError, variables
from commands.load_table import MOST_FAILED, report_line, result_table
from commands.running import find_running
from example_app.traffic.settings import MOST_RATE

MODULE = "example_app.traffic"
MOST_SECONDS = 86400

_DEFAULT_SECONDS = 60
_DEFAULT_SEED = 1  # the stack's own traffic has another, so that not all is in the cache already
_REPORT_SECONDS = 5.0
_PATIENCE_SECONDS = 100
_USAGE = (
    f"make load RATE=600 [DURATION=60] [SEED=1]   (RATE: requests a minute, at most {MOST_RATE})"
)
_NOTHING_RUNS, _BAD_VARIABLE, _TOO_MANY_FAILED, _INTERRUPTED = 2, 2, 1, 130


@dataclass(frozen=True)
class Load:
    """What is asked for.

    Attributes:
        rate: requests a minute.
        duration: seconds.
        seed: start of the random choices.
    """

    rate: float
    duration: float
    seed: int

    @classmethod
    def from_environment(cls) -> "Load":
        """Read RATE, DURATION and SEED.

        Raises:
            BadVariableError: one has a value that is not accepted; the text names it.
        """
        given = {name: variables().get(name, "").strip() for name in ("RATE", "DURATION", "SEED")}
        if not given["RATE"]:
            raise BadVariableError(f"RATE is missing: {_USAGE}")
        rate = _number("RATE", given["RATE"], MOST_RATE, "requests a minute")
        duration = given["DURATION"] or str(_DEFAULT_SECONDS)
        return cls(
            rate, _number("DURATION", duration, MOST_SECONDS, "seconds"), _seed(given["SEED"])
        )


def _number(name: str, text: str, most: float, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= most:
        raise BadVariableError(
            f"{name}={text!r}: accepted is a number of {unit}, above 0 and at most {most:g}"
        )
    return number


def _seed(text: str) -> int:
    try:
        return int(text or _DEFAULT_SEED)
    except ValueError:
        raise BadVariableError(f"SEED={text!r}: accepted is a whole number") from None


def main() -> int:
    """Send the traffic; return 0 unless more than 2 % of the requests failed."""
    try:
        load = Load.from_environment()
        running = find_running()
    except BadVariableError as problem:
        print(problem, file=sys.stderr)
        return _BAD_VARIABLE
    if running is None or APP not in running.urls:
        print("Nothing runs. Start it: make up, or make lite in another terminal.", file=sys.stderr)
        return _NOTHING_RUNS
    url = running.urls[APP]
    problem = why_not(url)
    if problem:
        print(problem, file=sys.stderr)
        return _NOTHING_RUNS
    print(
        f"{load.rate:g} requests a minute for {load.duration:g} s, seed {load.seed}, "
        f"to the {running.way} version at {url}",
        flush=True,
    )
    return run_load(url, load)


def why_not(url: str) -> str:
    """Return why an agent must not or cannot be asked, or nothing."""
    host = urlsplit(url).hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        return f"{url} is not this machine's loopback address: load is sent to nobody else."
    try:
        answer = httpx.get(f"{url}/ready", timeout=5)
    except httpx.HTTPError as error:
        return f"{url} does not answer ({error}). `make logs` may tell why."
    return "" if answer.is_success else f"{url} is not ready: {answer.text.strip()[:200]}"


def run_load(url: str, load: Load) -> int:
    """Send traffic to an agent and show what came of it; return the exit code."""
    ours = {
        "TARGET": url,
        "TRAFFIC_RATE": str(load.rate),
        "TRAFFIC_DURATION": str(load.duration),
        "TRAFFIC_SEED": str(load.seed),
        "TRAFFIC_REPORT_SECONDS": str(_REPORT_SECONDS),
        "TRAFFIC_HEARTBEAT_FILE": "",
    }
    console = Console(highlight=False)
    with subprocess.Popen(
        (sys.executable, "-m", MODULE),
        cwd=ROOT,
        env={**variables(), **ours},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        # Should it not end by itself, it is ended: no load goes on unseen.
        alarm = threading.Timer(load.duration + _PATIENCE_SECONDS, child.terminate)
        alarm.start()
        try:
            with _ended_by_ctrl_c(child) as interrupted, _progress(console) as progress:
                whole = _follow(child, progress, load)
        finally:
            alarm.cancel()
            child.terminate()
    if not whole.get("requests"):
        print(f"No request was sent (the traffic ended with {child.returncode}).", file=sys.stderr)
        return _INTERRUPTED if interrupted.is_set() else _TOO_MANY_FAILED
    console.print(result_table(whole))
    if interrupted.is_set():
        return _INTERRUPTED
    return _TOO_MANY_FAILED if whole["failed"] / whole["requests"] > MOST_FAILED else 0


@contextmanager
def _ended_by_ctrl_c(child: "subprocess.Popen[str]") -> Iterator[threading.Event]:
    """Let Ctrl-C end the traffic only: its last words are the table."""
    interrupted = threading.Event()

    def end(_number: int, _frame: object) -> None:
        interrupted.set()
        child.terminate()

    before = signal.signal(signal.SIGINT, end)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(console: Console) -> Progress:
    text = TextColumn("{task.description}")
    return Progress(BarColumn(), TimeRemainingColumn(), text, console=console, transient=True)


def _follow(child: "subprocess.Popen[str]", progress: Progress, load: Load) -> dict[str, Any]:
    """Show each report; return the record of the whole run, empty if there is none."""
    task = progress.add_task("starting", total=load.duration)
    for event in _events(child.stdout or ()):
        if event.get("event") == "traffic_report":
            line = report_line(event)
            progress.update(task, advance=_REPORT_SECONDS, description=line)
            progress.console.print(line, markup=False)
        elif event.get("event") == "traffic_ended":
            return event
    return {}


def _events(output: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in output:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


if __name__ == "__main__":
    sys.exit(main())
