"""Processors and memory: who uses them, and whether somebody waits."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.host.machine import ID, LOAD, OF_MACHINE, OFF, each_second
from grafana.boards.host.verdict import CROWDED
from grafana.panel_kinds import Query, Words, graph

#: Kind of wait → what PSI counts of it.
_PRESSURE = {
    "CPU": "node_pressure_cpu_waiting_seconds_total",
    "disk": "node_pressure_io_waiting_seconds_total",
    "memory": "node_pressure_memory_waiting_seconds_total",
}


def _share_of_time(mode: str) -> str:
    selector = f'{OF_MACHINE}, mode="{mode}"'
    return f"avg(rate(node_cpu_seconds_total{{{selector}}}[$__rate_interval]))"


def _memory(name: str) -> str:
    return f"sum(node_memory_{name}_bytes{{{OF_MACHINE}}})"


def row() -> Row:
    """Return the row about processors and memory."""
    high = limit("HighCPUUsage/system")
    return Row(
        "Who is waiting?",
        (
            graph(
                ID["cpu_modes"],
                Words(
                    "CPU by kind of work",
                    f"Share of all processors' time. Good: below {high:g} % together; iowait is "
                    "time spent waiting for disks, steal is time that the hypervisor gave to "
                    "others.",
                    OFF,
                ),
                tuple(
                    Query(_share_of_time(mode), mode)
                    for mode in ("user", "system", "iowait", "steal", "softirq", "nice")
                ),
                "percentunit",
                stacked=True,
                colors={"iowait": "orange", "steal": "red"},
            ),
            graph(
                ID["load"],
                Words(
                    "Load per processor over time",
                    "Processes that want to run, mean of 5 m. Good: below 1; above the line all "
                    "of them wait for their turn.",
                    OFF,
                ),
                (Query(LOAD, "{{instance}}"),),
                "short",
                limit=CROWDED,
            ),
            graph(
                ID["memory"],
                Words(
                    "Memory by use",
                    "Good: `available` keeps well above 0; the cache gives way by itself.",
                    OFF,
                ),
                (
                    Query(f"{_memory('MemTotal')} - {_memory('MemAvailable')}", "in use"),
                    Query(_memory("MemAvailable"), "available"),
                    Query(_memory("Cached"), "of that, cache of files"),
                    Query(f"{_memory('SwapTotal')} - {_memory('SwapFree')}", "swapped out"),
                ),
                "bytes",
            ),
            graph(
                ID["pressure"],
                Words(
                    "Time lost by waiting",
                    "Share of the time in which at least one process had to wait for it (the "
                    "kernel's PSI). Good: a few percent; above 20 % users feel it.",
                    "this kernel does not measure pressure, or: " + OFF,
                ),
                tuple(
                    Query(each_second(metric, OF_MACHINE), f"{name} {{{{instance}}}}")
                    for name, metric in _PRESSURE.items()
                ),
                "percentunit",
            ),
        ),
    )
