"""Every metric of the catalogue moves by the demo's traffic, by a fault, or stays for a reason."""

from itertools import islice

import pytest

from agent_telemetry.catalogue import FAMILIES
from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits
from tests.polling import wait_for
from tests.process.everything_goes_wrong import budgets_file, go_wrong
from tests.process.metric_movements import (
    BY_FAULT,
    BY_TRAFFIC,
    MAY_BE_ZERO,
    NAMED,
    SILENT,
    STEADY,
)
from tests.process.metric_watch import MetricWatch
from tests.process.otlp_receiver import OtlpReceiver
from tests.process.played_mix import PlayedMix
from tests.smoke.metric_samples import read_metrics


def check_traffic(watch: MetricWatch) -> None:
    """Hold what the traffic moved against the table."""
    assert sorted(BY_TRAFFIC - watch.moved) == [], "moved by no traffic"
    assert sorted(set(STEADY) - watch.positive) == [], "has no value"
    assert sorted(set(MAY_BE_ZERO) - watch.present) == [], "is not there"


def check_faults(watch: MetricWatch) -> None:
    """Hold what the faults moved against the table."""
    assert sorted(set(BY_FAULT) - watch.moved) == [], "moved by no fault"
    assert sorted(set(SILENT) & watch.positive) == [], "is above 0 without a reason"


@pytest.fixture
def sink():
    """A backend that takes every trace."""
    with OtlpReceiver() as running:
        yield running


def test_table_knows_its_metrics():
    """Each name of the table is in the catalogue, in one list only."""
    tables = (STEADY, BY_FAULT, SILENT, MAY_BE_ZERO)
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))
    assert set(FAMILIES) >= NAMED


def test_every_metric_moves(start, sink, tmp_path):
    """Some hundred requests of the demo and a moment of each fault move all there is to move."""
    lite = start(
        SIM_LATENCY_SCALE="0.1",
        BENCHMARK_SECONDS="1",
        LLM_FALLBACK_MODEL="gpt-4.1-nano",
        OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
        AGENT_TELEMETRY_BUDGETS_FILE=budgets_file(tmp_path),
    )
    watch = MetricWatch(lambda: read_metrics(lite.http))
    with watch.looking(every=0.2):
        PlayedMix().play(lite.http, islice(plan_visits(7, Prompts.load()), 250))

        def moved() -> bool:
            check_traffic(watch)
            return True

        wait_for(moved, within=30, what="what the traffic does is in the metrics")
        go_wrong(lite.http, watch)
    check_faults(watch)
