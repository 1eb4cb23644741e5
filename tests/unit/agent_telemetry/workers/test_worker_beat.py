"""What a worker does at each beat: begun late, done by one thread, ended with a last beat."""

import threading

import pytest
from prometheus_client import CollectorRegistry, Gauge

from agent_telemetry.guard import Guard
from agent_telemetry.metrics.tracked_gauges import TrackedGauges
from agent_telemetry.workers.beat import WorkerBeat
from tests.polling import wait_for


def test_it_begins_when_told() -> None:
    """Nothing is done before the start; a second start makes no second thread."""
    beat = WorkerBeat(Guard(strict=True), seconds=0.001)
    threads: set[int] = set()
    beat.add(lambda: threads.add(threading.get_ident()))
    beat.stop()
    assert threads == set()
    beat.start()
    beat.start()
    wait_for(lambda: threads, within=10, what="a beat", pause=0.001)
    assert len(threads) == 1
    beat.stop()
    assert threading.get_ident() in threads


def test_a_task_that_fails_stops_no_other() -> None:
    """A fault is counted, and the tasks after it are done."""
    faults: list[str] = []
    done: list[int] = []
    beat = WorkerBeat(Guard(on_fault=faults.append))
    beat.add(lambda: 1 / 0)
    beat.add(lambda: done.append(1))
    beat.beat()
    assert (faults, done) == (["worker_beat"], [1])


def test_a_gauge_follows_its_latest_function() -> None:
    """A later function replaces the one before; one that fails leaves the last value."""
    registry = CollectorRegistry()
    gauge = Gauge("size", "Size.", registry=registry, multiprocess_mode="livesum")
    faults: list[str] = []
    gauges = TrackedGauges(Guard(on_fault=faults.append))
    gauges.add(gauge, lambda: 1)
    gauges.add(gauge, lambda: 2)
    gauges.refresh()
    assert registry.get_sample_value("size") == 2
    gauges.add(gauge, lambda: 1 / 0)
    gauges.refresh()
    assert registry.get_sample_value("size") == 2
    assert faults == ["tracked_gauge"]


@pytest.mark.parametrize("strict", [True, False])
def test_a_beat_ends_for_good(strict: bool) -> None:  # noqa: FBT001
    """After the end there is one last beat and no other, also when it is ended twice."""
    beat = WorkerBeat(Guard(strict=strict), seconds=60)
    done: list[int] = []
    began = threading.Event()
    beat.add(lambda: done.append(1))
    beat.add(began.set)
    beat.start()
    assert began.wait(10)
    beat.stop()
    beat.stop()
    assert done == [1, 1]
