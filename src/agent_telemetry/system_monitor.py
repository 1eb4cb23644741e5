"""The machine and the process: read when somebody asks, without waiting and without raising.

In a container the limits of the container count for memory and CPU where they are tighter than the
machine (see ``container_limits``). Disk traffic is the machine's, as the kernel tells no other;
network traffic is the container's.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.container_limits import ContainerLimits
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.workers.fork_safety import forkable_lock
from agent_telemetry.workers.workers import Workers

#: Shortest time over which CPU use is told; the kernel counts in hundredths of a second.
_LEAST_SECONDS = 1.0
_Reading = dict[tuple[str, ...], float]


class SystemMonitor:
    """Reads CPU, memory, disk and network.

    Args:
        disk: a path on the disk that is watched; a folder that does not exist yet stands for the
            nearest one above it.
        limits: the container's limits.
        clock: where the time comes from.
    """

    def __init__(
        self,
        disk: Path | None = None,
        *,
        limits: ContainerLimits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._disk = (disk if disk is not None else Path.cwd()).absolute()
        self._limits = limits if limits is not None else ContainerLimits()
        steady = clock if clock is not None else SystemClock()
        # One for each reader: a page asked for each second must not shorten a scrape's interval.
        self._cpu_of_scrapes = CpuMeter(self._limits, steady)
        self._cpu_of_info = CpuMeter(self._limits, steady)
        self._workers: Workers | None = None

    def register(self, metrics: Metrics) -> None:
        """Have the ``system_*`` families and the workers' memory read at each scrape."""
        self._workers = metrics.workers
        for name, read in self._families().items():
            metrics.scrape(name, read)

    def get_system_info(self) -> dict[str, Any]:
        """Return how the machine is; a part that cannot be read is None.

        Returns:
            ``cpu_percent`` since the call before (until a second has passed: since the machine
            started), ``memory`` {total, available, percent}, ``disk`` {total, used, percent},
            ``network`` {bytes_sent, bytes_recv, packets_sent, packets_recv}; sizes in bytes.
        """
        return {
            "cpu_percent": _or_none(self._cpu_since_before),
            "memory": _or_none(self._memory),
            "disk": _or_none(self._disk_space),
            "network": _or_none(_network),
        }

    def update_system_metrics(self) -> dict[str, float]:
        """Read everything now, as a scrape does; the guides' name.

        The families are read at each scrape by themselves, so nothing needs to call this.

        Returns:
            The value of each family that has one.
        """
        found = {}
        for name, read in self._families().items():
            reading = _or_none(read)
            if reading:
                found[name] = reading[()]
        return found

    def _families(self) -> dict[str, Callable[[], _Reading]]:
        return {
            "agent_memory_usage_bytes": lambda: {(): self._resident()},
            "system_cpu_usage_percent": lambda: _one(self._cpu_of_scrapes.percent()),
            "system_memory_usage_percent": lambda: {(): self._memory()["percent"]},
            "system_disk_usage_percent": lambda: {(): self._disk_space()["percent"]},
            "system_disk_read_bytes_total": lambda: _counter(psutil.disk_io_counters, "read_bytes"),
            "system_disk_written_bytes_total": lambda: _counter(
                psutil.disk_io_counters, "write_bytes"
            ),
            "system_network_receive_bytes_total": lambda: _counter(
                psutil.net_io_counters, "bytes_recv"
            ),
            "system_network_transmit_bytes_total": lambda: _counter(
                psutil.net_io_counters, "bytes_sent"
            ),
        }

    def _resident(self) -> int:
        """Return the memory of this process, or of all live workers together."""
        if self._workers is None:
            return int(psutil.Process().memory_info().rss)
        total = 0
        for pid in self._workers.folder.processes.alive():
            with suppress(psutil.Error):  # it has just gone
                total += psutil.Process(pid).memory_info().rss
        return total

    def _cpu_since_before(self) -> float:
        percent = self._cpu_of_info.percent()
        if percent is not None:
            return percent
        busy, total = _host_times()
        return round(100 * busy / total, 1)

    def _memory(self) -> dict[str, float]:
        host = psutil.virtual_memory()
        limit = self._limits.memory()
        if limit is None or limit.total >= host.total:
            return {"total": host.total, "available": host.available, "percent": host.percent}
        # The container's limit does not help when the host itself has nothing left.
        available = min(max(0, limit.total - limit.used), host.available)
        percent = round(100 * (1 - available / limit.total), 1) if limit.total else 100.0
        return {"total": limit.total, "available": available, "percent": percent}

    def _disk_space(self) -> dict[str, float]:
        path = next(each for each in (self._disk, *self._disk.parents) if each.exists())
        space = psutil.disk_usage(str(path))
        return {"total": space.total, "used": space.used, "percent": space.percent}


class CpuMeter:
    """CPU use between two readings, without waiting in between.

    psutil's own ``cpu_percent(interval=None)`` keeps its last reading by thread: scrapes are served
    by any thread of a pool, and the first call in each gives a meaningless 0.

    Args:
        limits: the container's limits.
        clock: where the time comes from.
    """

    def __init__(self, limits: ContainerLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = forkable_lock()
        self._percent: float | None = None
        self._before = _or_none(self._read)
        self._read_at = clock.monotonic()

    def percent(self) -> float | None:
        """Return the use in percent, 0 to 100, since the call before.

        None until a second has passed since the start; within a second the same value again.
        """
        with self._lock:
            now = self._clock.monotonic()
            if now - self._read_at < _LEAST_SECONDS:
                return self._percent
            reading = self._read(now)
            before, self._before, self._read_at = self._before, reading, now
            # The container's limit may have changed: what was measured otherwise is no base.
            if before is not None and before[2] == reading[2] and reading[1] > before[1]:
                share = (reading[0] - before[0]) / (reading[1] - before[1])
                self._percent = round(min(100.0, max(0.0, 100 * share)), 1)
            return self._percent

    def _read(self, now: float | None = None) -> tuple[float, float, float]:
        """Return busy and possible CPU seconds, and the container's limit (0: the machine's)."""
        limit = self._limits.cpu()
        if limit is not None and limit.cpus < (os.cpu_count() or 1):
            at = now if now is not None else self._clock.monotonic()
            return limit.used_seconds, at * limit.cpus, limit.cpus
        return (*_host_times(), 0.0)


def _host_times() -> tuple[float, float]:
    """Return busy and all CPU seconds since the machine started (the kernel's ``/proc/stat``)."""
    times = psutil.cpu_times()
    # A guest's time is part of user and nice; waiting for a disk is not work.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _network() -> dict[str, int]:
    counters = psutil.net_io_counters()
    names = ("bytes_sent", "bytes_recv", "packets_sent", "packets_recv")
    return {name: getattr(counters, name) for name in names}


def _counter(read: Callable[[], Any], field: str) -> _Reading:
    """Return one counter; a machine without disks or interfaces has none."""
    counters = read()
    return _one(getattr(counters, field, None))


def _one(value: float | None) -> _Reading:
    return {} if value is None else {(): value}


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 -- what the system does not tell is not known
        return None
