"""Disks: how full, how busy."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.host.machine import (
    DISK_USED,
    DRIVE_BUSY,
    ID,
    OF_DISK,
    OF_DRIVE,
    OFF,
    each_second,
)
from grafana.panel_kinds import Query, Words, graph

_DAY_SECONDS = 86_400


def _days_left() -> str:
    """Return in how many days a disk is full, as it goes since six hours; nothing if it does not.

    A disk that becomes emptier has no such day.
    """
    left = f"node_filesystem_avail_bytes{{{OF_DISK}}}"
    return f"min by (mountpoint) ({left} / (deriv({left}[6h]) * -{_DAY_SECONDS} > 0))"


def row() -> Row:
    """Return the row about disks."""
    full = limit("DiskFilling/system")
    return Row(
        "Is there room, and are the disks fast enough?",
        (
            graph(
                ID["space"],
                Words(
                    "Disk space in use",
                    f"Good: below the line at {full:g} %, from which DiskFilling warns of the disk "
                    "that holds the agent's state.",
                    OFF,
                ),
                (Query(f"max by (mountpoint) ({DISK_USED})", "{{mountpoint}}"),),
                "percent",
                limit=full,
            ),
            graph(
                ID["days_left"],
                Words(
                    "Days until full",
                    "If it goes on as in the last 6 h before each point. Good: many, or no line: "
                    "then the disk does not fill.",
                    "no disk fills, or: " + OFF,
                ),
                (Query(_days_left(), "{{mountpoint}}"),),
                "none",
            ),
            graph(
                ID["disk_busy"],
                Words(
                    "Disks at work",
                    "Share of the time in which a disk had something to do. Good: below 80 %; one "
                    "that is always busy makes Prometheus, Loki and Jaeger slow.",
                    OFF,
                ),
                (Query(DRIVE_BUSY, "{{device}}"),),
                "percentunit",
            ),
            graph(
                ID["disk_bytes"],
                Words(
                    "Read and written",
                    "Bytes a second. Good: as usual for the hour.",
                    OFF,
                ),
                (
                    Query(
                        each_second("node_disk_read_bytes_total", OF_DRIVE, "device"),
                        "read {{device}}",
                    ),
                    Query(
                        each_second("node_disk_written_bytes_total", OF_DRIVE, "device"),
                        "written {{device}}",
                    ),
                ),
                "Bps",
            ),
        ),
    )
