"""What the dashboards' queries cost Prometheus: 100 tenants, three days, a sample a minute.

Each query that reads what grows with the tenants is asked over all three days, at the step that
Grafana takes for a panel of usual width. One that reads recorded series is asked again without
them. The samples that a query looks at are exact; times are ratios within the same round.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from tests.bench.metric_history import STEP_SECONDS, TENANTS, families
from tests.bench.metric_store import BLOCK_SECONDS, ask, fill, record, server
from tests.bench.recorded_queries import rules_over, without_recording
from tests.config.dashboard_files import dashboards
from tests.config.promql_names import asked_by
from tests.config.server_programs import program
from tests.stack.panel_queries import PanelQuery, queries

DAYS = 3
ROUNDS = 3
#: What every time is compared with: one plain sum over the raw requests of all tenants.
FLOOR = "sum(rate(agent_requests_total[5m]))"
#: A graph of three days and about a thousand points.
RANGE_STEP_SECONDS = 300
#: No further round begins after so long.
ROUNDS_WITHIN_SECONDS = 60
_FLOOR_EVERY = 5
_SHOWN = 10


@dataclass
class Asked:
    """One query and what it cost.

    Attributes:
        panel: dashboard / panel / query.
        text: PromQL as Prometheus gets it.
        instant: whether only the value of now is asked for.
        raw: the same without recorded series; empty where it reads none.
        samples: how many samples it looks at.
        raw_samples: the same of `raw`.
        of_floor: its time to that of `FLOOR`, one number a round.
        raw_of_floor: the same of `raw`.
    """

    panel: str
    text: str
    instant: bool
    raw: str = ""
    samples: int = 0
    raw_samples: int = 0
    of_floor: list[float] = field(default_factory=list)
    raw_of_floor: list[float] = field(default_factory=list)

    @property
    def time(self) -> float:
        """Return its time to that of the floor, median of the rounds."""
        return median(self.of_floor)

    @property
    def of_raw(self) -> float:
        """Return its time to that of the raw query, median of the rounds."""
        return median(a / b for a, b in zip(self.of_floor, self.raw_of_floor, strict=True))


def taking_part(raw: set[str], rules: dict[str, str]) -> list[Asked]:
    """Return every query of a dashboard that reads only these series.

    Args:
        raw: names of the raw series.
        rules: recorded series → the expression of its rule.
    """
    found = []
    own = {"__rate_interval": f"{RANGE_STEP_SECONDS + STEP_SECONDS}s", "__range": f"{DAYS}d"}
    for dashboard in dashboards().values():
        for one in queries(dashboard, **own):
            if one.source != "prometheus" or not _only(one, raw | rules.keys()):
                continue
            recorded = asked_by(one.text).metrics & rules.keys()
            twin = without_recording(one.text, rules) if recorded else ""
            found.append(Asked(one.name, one.text, one.instant, twin))

    return found


def _only(query: PanelQuery, there: set[str]) -> bool:
    asked = asked_by(query.text).metrics
    return bool(asked) and asked <= there


def measure(client: httpx.Client, found: list[Asked], start: int, end: int) -> int:
    """Ask each query in each round, and the floor every few queries; return how many rounds."""
    over = {"start": start, "end": end, "step": RANGE_STEP_SECONDS}
    began = time.monotonic()
    for number in range(ROUNDS):
        if number and time.monotonic() - began > ROUNDS_WITHIN_SECONDS:
            return number
        for place, one in enumerate(found):
            if place % _FLOOR_EVERY == 0:
                floor = _seconds(ask(client, FLOOR, **over))
            window = {"time": end} if one.instant else over
            each = [ask(client, text, **window) for text in (one.text, one.raw) if text]
            one.samples = _samples(each[0])
            one.of_floor.append(_seconds(each[0]) / floor)
            if one.raw:
                one.raw_samples = _samples(each[1])
                one.raw_of_floor.append(_seconds(each[1]) / floor)
    return ROUNDS


def _seconds(data: dict[str, Any]) -> float:
    return float(data["stats"]["timings"]["evalTotalTime"])


def _samples(data: dict[str, Any]) -> int:
    return int(data["stats"]["samples"]["totalQueryableSamples"])


def disagreements(client: httpx.Client, found: list[Asked], end: int) -> Iterator[str]:
    """Yield where the recorded query and the raw one do not find the same: no fair comparison."""
    for one in (one for one in found if one.raw):
        both = [ask(client, text, time=end)["result"] for text in (one.text, one.raw)]
        mine, raw = ({_labels(x): float(x["value"][1]) for x in result} for result in both)
        if mine.keys() != raw.keys() or not mine:
            yield f"{one.panel}: {len(mine)} series recorded, {len(raw)} raw"
        elif any(not math.isclose(mine[key], raw[key], rel_tol=0.02) for key in mine):
            yield f"{one.panel}: other values"


def _labels(series: dict[str, Any]) -> str:
    """Return what tells a series from others; a recorded one has its name besides."""
    return str(sorted((k, v) for k, v in series["metric"].items() if k != "__name__"))


def report(
    console: Console,
    folder: Path,
    *,
    tenants: tuple[str, ...] = TENANTS,
    seconds: int = DAYS * 86_400,
) -> dict[str, object]:
    """Make the history, ask, print the tables; return what was found.

    Raises:
        AssertionError: if recorded and raw queries find different things.
    """
    try:
        for name in ("promtool", "prometheus"):
            program(name)
    except pytest.skip.Exception as missing:
        console.print(f"Left out: {missing}")
        return {"left_out": str(missing)}
    history = families(tenants)
    raw = {one.name.partition("{")[0] for each in history.values() for one in each}
    rules = rules_over(raw)
    end = int(time.time()) // BLOCK_SECONDS * BLOCK_SECONDS - 86_400
    start, blocks = end - seconds, folder / "blocks"
    blocks.mkdir()
    fill(blocks, history, start, end)
    with server(blocks) as client:
        record(blocks, str(client.base_url), rules, start, end)
    with server(blocks) as client:
        found = taking_part(raw, rules)
        wrong = list(disagreements(client, found, end - STEP_SECONDS))
        assert not wrong, wrong
        rounds = measure(client, found, start, end - STEP_SECONDS)
    series = sum(map(len, history.values()))
    console.print(
        f"{len(tenants)} tenants, {series} series, {seconds // STEP_SECONDS} samples of each; "
        f"{len(found)} queries, rounds: {rounds}; time 1 = {FLOOR} over all of it"
    )
    show(console, found)
    return {"series": series, "rounds": rounds, "queries": [asdict(one) for one in found]}


def show(console: Console, found: list[Asked]) -> None:
    """Print what recording saves, and the slowest panels."""
    saved = Table(title="Recorded against raw", title_justify="left")
    slowest = Table(title="The slowest queries", title_justify="left")
    for table, headings in (
        (saved, ("time / raw", "samples / raw", "samples", "raw samples")),
        (slowest, ("time", "samples")),
    ):
        table.add_column("dashboard / panel / query")
        for heading in headings:
            table.add_column(heading, justify="right", no_wrap=True)
    for one in sorted((one for one in found if one.raw), key=lambda one: one.of_raw):
        saved.add_row(
            one.panel,
            f"{one.of_raw:.3f}",
            f"{one.samples / one.raw_samples:.4f}",
            f"{one.samples:,}",
            f"{one.raw_samples:,}",
        )
    for one in sorted(found, key=lambda one: -one.time)[:_SHOWN]:
        slowest.add_row(one.panel, f"{one.time:.2f}", f"{one.samples:,}")
    console.print(saved)
    console.print(slowest)
