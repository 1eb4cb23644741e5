"""The verdict on the machine, in single numbers."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.host.machine import (
    CPU_BUSY,
    DISK_USED,
    DRIVE_BUSY,
    ID,
    LOAD,
    MEMORY_USED,
    OF_MACHINE,
    OFF,
)
from grafana.panel_kinds import NEUTRAL, Query, Words, dial, number, rising

#: Load for each processor from which work waits.
CROWDED = 1.5


def _percent(key: str, title: str, expr: str, alert: str, what: str):  # noqa: ANN202
    above = limit(alert)
    name = alert.partition("/")[0]
    words = Words(
        title,
        f"{what} Good: below {above:g} %, at which {name} tells where the agent measures the same.",
        OFF,
    )
    return dial(
        ID[key],
        words,
        Query(f"max({expr})"),
        steps=rising(above, doubtful=above - 10),
        percent=True,
    )


def row() -> Row:
    """Return the first row."""
    return Row(
        "Does the machine keep up?",
        (
            number(
                ID["answers_now"],
                Words(
                    "Node-exporter",
                    "Whether the machine's figures can be read. Good: UP; TargetDown tells when "
                    "not.",
                    OFF,
                ),
                Query(f'min(up{{job="node-exporter", {OF_MACHINE}}})'),
                "none",
                steps=((None, "red"), (1, "green")),
                texts={"0": ("DOWN", "red"), "1": ("UP", "green")},
            ),
            _percent(
                "cpu_now",
                "CPU",
                CPU_BUSY,
                "HighCPUUsage/system",
                "Share of all processors' time in use.",
            ),
            _percent(
                "memory_now",
                "Memory",
                MEMORY_USED,
                "HighMemoryUsage/system",
                "Share that could not be had without swapping.",
            ),
            _percent(
                "disk_now",
                "Fullest disk",
                DISK_USED,
                "DiskFilling/system",
                "Share in use, of the fullest disk.",
            ),
            number(
                ID["load_now"],
                Words(
                    "Load per processor",
                    f"Processes that want to run, mean of 5 m. Good: below 1; above {CROWDED:g} "
                    "everything waits for its turn.",
                    OFF,
                ),
                Query(f"max({LOAD})"),
                "short",
                steps=rising(CROWDED, doubtful=1),
            ),
            number(
                ID["out_of_memory"],
                Words(
                    "Killed for memory, 24 h",
                    "Processes that the kernel killed because memory ran out. Good: 0; the "
                    "container's own limit counts too, so look which service started anew.",
                    OFF,
                ),
                Query(f"sum(increase(node_vmstat_oom_kill{{{OF_MACHINE}}}[24h]))"),
                "short",
                steps=rising(1),
            ),
            dial(
                ID["drive_now"],
                Words(
                    "Busiest drive",
                    "Share of the time in which it had something to do. Good: below 80 %; one that "
                    "is always busy makes Prometheus, Loki and Jaeger slow.",
                    OFF,
                ),
                Query(f"max({DRIVE_BUSY})"),
                steps=rising(0.95, doubtful=0.8),
            ),
            number(
                ID["uptime"],
                Words(
                    "Up since start",
                    "Time since the machine was started. Good: as long as you expect.",
                    OFF,
                ),
                Query(
                    f"min(node_time_seconds{{{OF_MACHINE}}} "
                    f"- node_boot_time_seconds{{{OF_MACHINE}}})"
                ),
                "dtdurations",
                steps=NEUTRAL,
            ),
        ),
    )
