"""The machine: read without waiting, never nonsense, never raising, within a container's limits."""

import threading
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from agent_telemetry import Metrics
from agent_telemetry.clock import ManualClock
from agent_telemetry.container_limits import ContainerLimits
from agent_telemetry.system_monitor import SystemMonitor
from tests.scrape import scraped

Times = namedtuple("Times", "user system idle iowait")  # noqa: PYI024 -- as psutil's own
NO_LIMITS = ContainerLimits(Path("no-such-folder"), Path("no-such-file"))
READINGS = (
    "cpu_times", "virtual_memory", "disk_usage", "disk_io_counters", "net_io_counters", "Process",
)  # fmt: skip


class Machine:
    """CPU times that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = Times(100.0, 0.0, 300.0, 0.0)
        monkeypatch.setattr(psutil, "cpu_times", lambda: self.now)

    def work(self, busy: float, idle: float, waiting: float = 0.0) -> None:
        """Let time pass."""
        user, system, quiet, iowait = self.now
        self.now = Times(user + busy, system, quiet + idle, iowait + waiting)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose CPU is under the test's control."""
    return Machine(monkeypatch)


def monitored(clock: ManualClock, limits: ContainerLimits = NO_LIMITS) -> Metrics:
    """Metrics that show a monitor of their own."""
    metrics = Metrics()
    SystemMonitor(limits=limits, clock=clock).register(metrics)
    return metrics


def test_scrape_shows_the_machine(stack) -> None:
    """Memory, disk, network and the process are in the scrape as the system tells them."""
    process = psutil.Process().memory_info().rss
    assert scraped(stack, "agent_memory_usage_bytes") == pytest.approx(process, rel=0.5)
    assert 0 < scraped(stack, "system_memory_usage_percent") <= 100
    assert 0 <= scraped(stack, "system_disk_usage_percent") <= 100
    before = psutil.net_io_counters().bytes_recv
    assert scraped(stack, "system_network_receive_bytes_total") >= before
    assert scraped(stack, "system_network_transmit_bytes_total") > 0


def test_disk_traffic_is_shown_where_there_are_disks(stack, monkeypatch) -> None:
    """The counters of all disks are in the scrape; a machine without disks has no sample."""
    disks = namedtuple("Disks", "read_bytes write_bytes")  # noqa: PYI024
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: disks(11, 22))
    assert scraped(stack, "system_disk_read_bytes_total") == 11
    assert scraped(stack, "system_disk_written_bytes_total") == 22
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: None)
    assert scraped(stack, "system_disk_read_bytes_total") is None


def test_first_scrape_shows_no_cpu_nonsense(machine, clock) -> None:
    """Before a second has passed there is no CPU sample, neither 0 nor 100."""
    metrics = monitored(clock)
    read = metrics.registry.get_sample_value
    machine.work(busy=0.01, idle=0.0)
    assert read("system_cpu_usage_percent") is None
    clock.advance(10)
    machine.work(busy=3, idle=16, waiting=1)
    assert read("system_cpu_usage_percent") == pytest.approx(15.0, abs=0.1)


def test_cpu_use_is_since_the_scrape_before_in_whatever_thread(machine, clock) -> None:
    """A scrape served by a new thread goes on from the one before; two at once agree."""
    metrics = monitored(clock)
    found: list[float | None] = []

    def scrape() -> None:
        found.append(metrics.registry.get_sample_value("system_cpu_usage_percent"))

    for busy in (5, 10):
        clock.advance(10)
        machine.work(busy=busy, idle=20 - busy)
        for _ in range(2):
            thread = threading.Thread(target=scrape)
            thread.start()
            thread.join()
    assert found == [25, 25, 50, 50]


def test_system_info_does_not_shorten_the_scrapes_interval(machine, clock) -> None:
    """A page that is asked each second has an interval of its own."""
    metrics = Metrics()
    monitor = SystemMonitor(limits=NO_LIMITS, clock=clock)
    monitor.register(metrics)
    clock.advance(9)
    machine.work(busy=9, idle=0)
    assert monitor.get_system_info()["cpu_percent"] == 100
    clock.advance(9)
    machine.work(busy=0, idle=9)
    assert monitor.get_system_info()["cpu_percent"] == 0
    assert metrics.registry.get_sample_value("system_cpu_usage_percent") == 50


def test_system_info_has_the_guides_shape() -> None:
    """All parts have their names and plausible values, CPU too at the very first call."""
    info = SystemMonitor().get_system_info()
    assert 0 < info["cpu_percent"] <= 100
    assert info["memory"].keys() == {"total", "available", "percent"}
    assert info["disk"].keys() == {"total", "used", "percent"}
    assert info["network"].keys() == {"bytes_sent", "bytes_recv", "packets_sent", "packets_recv"}
    assert 0 < info["memory"]["available"] <= info["memory"]["total"]
    assert 0 < info["disk"]["used"] <= info["disk"]["total"]


def test_a_system_that_tells_nothing_breaks_nothing(monkeypatch, clock) -> None:
    """When every reading raises, the info has None, the scrape has no sample, nobody sees it."""

    def refuse(*_args: object) -> None:
        raise psutil.AccessDenied

    for name in READINGS:
        monkeypatch.setattr(psutil, name, refuse)
    monitor = SystemMonitor(limits=NO_LIMITS, clock=clock)
    metrics = Metrics()
    monitor.register(metrics)
    clock.advance(10)
    assert set(monitor.get_system_info().values()) == {None}
    assert monitor.update_system_metrics() == {}
    assert metrics.registry.get_sample_value("system_memory_usage_percent") is None


def test_update_system_metrics_reads_what_a_scrape_shows(clock, machine) -> None:
    """The guides' method gives the families' values now."""
    monitor = SystemMonitor(limits=NO_LIMITS, clock=clock)
    clock.advance(2)
    machine.work(busy=1, idle=3)
    found = monitor.update_system_metrics()
    assert found["system_cpu_usage_percent"] == 25
    assert found["agent_memory_usage_bytes"] > 1_000_000


def test_a_folder_still_to_be_made_has_the_disk_above_it(tmp_path) -> None:
    """The state folder need not exist yet."""
    disk = SystemMonitor(tmp_path / "not" / "yet").get_system_info()["disk"]
    assert disk["total"] == psutil.disk_usage(str(tmp_path)).total
