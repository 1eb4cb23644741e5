"""What node-exporter measures, narrowed to the chosen machine.

Nothing of the network: in a container it counts the packets of its own network only, and a panel
of those would be taken for the machine's.
"""

from grafana.panel_ids import PANEL_IDS

ID = PANEL_IDS["host"]
OFF = "no node-exporter: make up PROFILES=host"
OF_MACHINE = 'instance=~"$instance"'
#: Real disks only: what is kept in memory or laid over another one would be counted twice.
OF_DISK = f'{OF_MACHINE}, fstype!~"tmpfs|ramfs|overlay|squashfs|fuse.*"'
#: Real drives only.
OF_DRIVE = f'{OF_MACHINE}, device!~"loop.*|ram.*|zram.*"'

#: Percent of all processors' time that something ran.
CPU_BUSY = (
    "100 * (1 - avg by (instance) "
    f'(rate(node_cpu_seconds_total{{{OF_MACHINE}, mode="idle"}}[$__rate_interval])))'
)
#: Percent that cannot be had without swapping.
MEMORY_USED = (
    f"100 * (1 - node_memory_MemAvailable_bytes{{{OF_MACHINE}}} "
    f"/ node_memory_MemTotal_bytes{{{OF_MACHINE}}})"
)
#: Percent that a program without root's reserve cannot write to any more.
DISK_USED = (
    f"100 * (1 - node_filesystem_avail_bytes{{{OF_DISK}}} "
    f"/ node_filesystem_size_bytes{{{OF_DISK}}})"
)
#: Processes that want to run, for each processor.
LOAD = (
    f"sum by (instance) (node_load5{{{OF_MACHINE}}}) "
    f'/ count by (instance) (node_cpu_seconds_total{{{OF_MACHINE}, mode="idle"}})'
)
#: Share of the time in which the busiest drive had something to do.
DRIVE_BUSY = (
    "max by (instance, device) "
    f"(rate(node_disk_io_time_seconds_total{{{OF_DRIVE}}}[$__rate_interval]))"
)


def each_second(metric: str, selector: str, *by: str) -> str:
    """Return the rate of a counter, by the machine and labels."""
    labels = ", ".join(("instance", *by))
    return f"sum by ({labels}) (rate({metric}{{{selector}}}[$__rate_interval]))"
