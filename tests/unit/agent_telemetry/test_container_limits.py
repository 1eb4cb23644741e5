"""Container limits: the tightest one at or above the process counts, version 1 and 2 alike."""

from pathlib import Path

import psutil
import pytest

from agent_telemetry import Metrics
from agent_telemetry.container_limits import ContainerLimits
from agent_telemetry.system_monitor import SystemMonitor

MIB = 1024 * 1024


def control_groups(folder: Path, own: str, **files: str) -> ContainerLimits:
    """Write a tree of control groups; ``__`` stands for a slash in a file's name."""
    for name, text in files.items():
        path = folder / "cgroup" / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "own").write_text(own, "utf-8")
    return ContainerLimits(folder / "cgroup", folder / "own")


def version_2(folder: Path, memory: str = "max", cpu: str = "max 100000") -> ContainerLimits:
    """A container of version 2 that sees its own group as the root."""
    return control_groups(
        folder,
        "0::/\n",
        memory_DOT_max=memory,
        memory_DOT_current=str(700 * MIB),
        memory_DOT_stat=f"anon 1\ninactive_file {100 * MIB}\nactive_file 5\n",
        cpu_DOT_max=cpu,
        cpu_DOT_stat="usage_usec 5000000\nuser_usec 1\n",
    )


def version_1(folder: Path) -> ContainerLimits:
    """A container of version 1, named from the host's root though mounted at its own group."""
    return control_groups(
        folder,
        "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n",
        memory__memory_DOT_limit_in_bytes=str(1024 * MIB),
        memory__memory_DOT_usage_in_bytes=str(612 * MIB),
        memory__memory_DOT_stat=f"inactive_file 1\ntotal_inactive_file {100 * MIB}\n",
        cpu__cpu_DOT_cfs_quota_us="50000",
        cpu__cpu_DOT_cfs_period_us="100000",
        cpuacct__cpuacct_DOT_usage="7000000000",
    )


def test_memory_of_a_container_is_what_it_may_use(tmp_path) -> None:
    """600 of 1000 MiB are 60 %, whatever the host has."""
    limits = version_2(tmp_path, memory=str(1000 * MIB))
    memory = SystemMonitor(limits=limits).get_system_info()["memory"]
    assert memory == {"total": 1000 * MIB, "available": 400 * MIB, "percent": 60.0}


def test_version_1_tells_the_same(tmp_path) -> None:
    """Limits of version 1 are found where the mount begins at the container's own group."""
    limits = version_1(tmp_path)
    assert limits.memory().total == 1024 * MIB
    assert limits.memory().used == 512 * MIB
    assert limits.cpu().cpus == 0.5
    assert limits.cpu().used_seconds == 7


def test_no_limit_leaves_the_machines_own_numbers(tmp_path) -> None:
    """`max` and `-1` are no limits; the host's total stands."""
    limits = version_2(tmp_path)
    assert limits.memory() is None
    assert limits.cpu() is None
    memory = SystemMonitor(limits=limits).get_system_info()["memory"]
    assert memory["total"] == psutil.virtual_memory().total


def test_limit_of_a_group_above_counts(tmp_path) -> None:
    """A service without a limit of its own is bounded by the slice that it runs in."""
    limits = control_groups(
        tmp_path,
        "0::/agents.slice/app.service\n",
        agents_DOT_slice__memory_DOT_max=str(200 * MIB),
        agents_DOT_slice__memory_DOT_current=str(50 * MIB),
        agents_DOT_slice__app_DOT_service__memory_DOT_max="max",
        agents_DOT_slice__app_DOT_service__memory_DOT_current=str(10 * MIB),
    )
    assert limits.memory().total == 200 * MIB
    assert limits.memory().used == 50 * MIB


def test_cpu_of_a_container_is_a_share_of_its_quota(tmp_path, clock, monkeypatch) -> None:
    """Half a CPU used up in ten seconds by 2.5 CPU seconds is 50 %, not the machine's share."""
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    limits = version_2(tmp_path, cpu="50000 100000")
    metrics = Metrics()
    SystemMonitor(limits=limits, clock=clock).register(metrics)
    clock.advance(10)
    (tmp_path / "cgroup" / "cpu.stat").write_text("usage_usec 7500000\n", "utf-8")
    assert metrics.registry.get_sample_value("system_cpu_usage_percent") == 50


@pytest.mark.parametrize("text", ["", "nonsense", "0:/", "::", "4:memory:/\n\n"])
def test_whatever_the_kernel_says_is_survived(tmp_path, text) -> None:
    """An odd or empty list of groups gives no limits and no fault."""
    limits = control_groups(tmp_path, text)
    assert limits.memory() is None
    assert limits.cpu() is None
