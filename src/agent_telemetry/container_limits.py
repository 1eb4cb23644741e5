"""What a container may use: memory and CPU limits of the process's control group.

psutil shows the host's memory and CPU inside a container too, though the container is killed, or
slowed down, at its own limit.
Source: Linux ``Documentation/admin-guide/cgroup-v2.rst`` (``memory.max``, ``cpu.max``) and
``cgroup-v1/memory.rst``. Used memory is without ``inactive_file``, as ``docker stats`` counts it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_MICROSECONDS = 1e6
_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Memory of a control group in bytes: what it may use and what it uses."""

    total: int
    used: int


@dataclass(frozen=True, slots=True)
class CpuLimit:
    """CPU of a control group: how many it may use (such as 1.5), and seconds used since its start.

    A group without a limit has none of these.
    """

    cpus: float
    used_seconds: float


class ContainerLimits:
    """Reads the limits of this process's control group, version 2 or 1.

    Args:
        cgroups: where the control groups are mounted.
        own_groups: the file that names this process's groups.
    """

    def __init__(self, cgroups: Path = _CGROUPS, own_groups: Path = _OWN_GROUPS) -> None:
        self._cgroups = cgroups
        self._own_groups = own_groups

    def memory(self) -> MemoryLimit | None:
        """Return the tightest memory limit at or above this process, None when there is none."""
        found = [self._memory_v2(group) for group in self._groups("")]
        found += [self._memory_v1(group) for group in self._groups("memory")]
        limits = [each for each in found if each is not None]
        return min(limits, key=lambda each: each.total) if limits else None

    def cpu(self) -> CpuLimit | None:
        """Return the tightest CPU limit at or above this process, None when there is none."""
        found = [_cpu_v2(group) for group in self._groups("")]
        usage = list(self._groups("cpuacct"))
        for group, used in zip(self._groups("cpu"), usage, strict=False):
            found.append(_cpu_v1(group, used))
        limits = [each for each in found if each is not None]
        return min(limits, key=lambda each: each.cpus) if limits else None

    def _groups(self, controller: str) -> Iterator[Path]:
        """Yield the folders of this process's group and of those above it.

        Inside a container the mount often begins at the container's own group, while the kernel
        names the group from the host's root: folders that do not exist are passed over.
        """
        root = self._cgroups / controller
        own = self._own_path(controller)
        if own is None:
            return
        for folder in (own, *own.parents):
            path = root / str(folder).lstrip("/")
            if path.is_dir():
                yield path

    def _own_path(self, controller: str) -> Path | None:
        for line in _text(self._own_groups).splitlines():
            _, _, rest = line.partition(":")
            names, _, path = rest.partition(":")
            if path.startswith("/") and controller in names.split(","):
                return Path(path)
        return None

    def _memory_v2(self, group: Path) -> MemoryLimit | None:
        return _memory(group, "memory.max", "memory.current", "inactive_file")

    def _memory_v1(self, group: Path) -> MemoryLimit | None:
        return _memory(
            group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        )


def _memory(group: Path, limit: str, usage: str, reclaimable: str) -> MemoryLimit | None:
    total, used = _number(group / limit), _number(group / usage)
    if total is None or used is None:
        return None
    return MemoryLimit(total, max(0, used - _stat(group / "memory.stat", reclaimable)))


def _cpu_v2(group: Path) -> CpuLimit | None:
    quota, _, period = _text(group / "cpu.max").partition(" ")
    if not quota.isdigit() or not period.isdigit():
        return None
    used = _stat(group / "cpu.stat", "usage_usec")
    return CpuLimit(int(quota) / int(period), used / _MICROSECONDS)


def _cpu_v1(group: Path, used_group: Path) -> CpuLimit | None:
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    used = _number(used_group / "cpuacct.usage")
    if quota is None or not period or used is None:
        return None
    return CpuLimit(quota / period, used / _NANOSECONDS)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    """Return a whole number; ``max`` and ``-1`` (no limit) give None."""
    text = _text(path)
    return int(text) if text.isdigit() else None


def _stat(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdigit():
            return int(value)
    return 0
