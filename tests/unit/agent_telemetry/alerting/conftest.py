"""An engine on a clock that stands still, and snapshots for it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent_telemetry.alerting.engine import AlertRuleEngine
from agent_telemetry.alerting.snapshot import Snapshot
from agent_telemetry.alerting.snapshot_reader import SnapshotReader
from agent_telemetry.clock import ManualClock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from tests.polling import wait_for
from tests.unit.agent_telemetry.alerting.alert_doubles import Remembering

MakeEngine = Callable[..., AlertRuleEngine]


@pytest.fixture
def metrics() -> Metrics:
    """Metrics that count faults as a stack does."""
    guard = Guard()
    found = Metrics(guard=guard)
    faults = found.family("telemetry_faults_total")
    guard.on_fault = lambda where: faults.child(where).inc()
    return found


@pytest.fixture
def make_engine(metrics: Metrics, clock: ManualClock) -> Iterator[MakeEngine]:
    """Builds engines that are closed afterwards."""
    built = []

    def make(**options: Any) -> AlertRuleEngine:
        reader = SnapshotReader(metrics.registry, clock)
        chosen: dict[str, Any] = {"clock": clock, "service": "shop", "enabled": False, **options}
        built.append(AlertRuleEngine(reader, metrics, metrics._guard, **chosen))
        return built[-1]

    yield make
    for engine in built:
        engine.close(0.2)


@pytest.fixture
def memory() -> Remembering:
    """A notifier that remembers."""
    return Remembering()


@pytest.fixture
def engine(make_engine: MakeEngine, memory: Remembering) -> AlertRuleEngine:
    """An engine without rules that tells a notifier that remembers."""
    made = make_engine()
    made.add_notifier(memory)
    return made


@pytest.fixture
def sample(metrics: Metrics) -> Callable[..., float]:
    """Reads one number of the registry."""

    def read(name: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(name, labels) or 0.0

    return read


@pytest.fixture
def wait_told(memory: Remembering) -> Callable[[int], None]:
    """Waits until the notifier was told of so many alerts."""

    def wait(count: int) -> None:
        wait_for(lambda: len(memory.told) >= count, within=10, what="told", pause=0.01)

    return wait


def now(**numbers: Any) -> Snapshot:
    """Return a snapshot with these numbers."""
    return Snapshot(time=1_700_000_000.0, **numbers)
