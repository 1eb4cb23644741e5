"""Details of the machine, for whoever knows what to look for."""

from grafana.board import Row
from grafana.boards.host.machine import ID, OF_DISK, OF_MACHINE, OFF, each_second
from grafana.panel_kinds import Query, Words, graph


def _of(metric: str) -> str:
    return f"{metric}{{{OF_MACHINE}}}"


def row() -> Row:
    """Return the closed row of details."""
    return Row(
        "Details",
        (
            graph(
                ID["swapped"],
                Words(
                    "Pages swapped",
                    "Pages a second between memory and disk. Good: 0; a steady flow means that "
                    "memory is too small.",
                    OFF,
                ),
                (
                    Query(each_second("node_vmstat_pswpin", OF_MACHINE), "in {{instance}}"),
                    Query(each_second("node_vmstat_pswpout", OF_MACHINE), "out {{instance}}"),
                ),
                "ops",
            ),
            graph(
                ID["inodes"],
                Words(
                    "Inodes in use",
                    "Share of the files that a disk can hold. Good: below 80 %; a disk without "
                    "inodes is full although bytes are left.",
                    OFF,
                ),
                (
                    Query(
                        "max by (mountpoint) (1 - "
                        f"node_filesystem_files_free{{{OF_DISK}}} "
                        f"/ (node_filesystem_files{{{OF_DISK}}} > 0))",
                        "{{mountpoint}}",
                    ),
                ),
                "percentunit",
            ),
            graph(
                ID["files"],
                Words(
                    "Open files",
                    "Share of the most that the kernel allows. Good: a few percent.",
                    OFF,
                ),
                (
                    Query(
                        f"{_of('node_filefd_allocated')} / {_of('node_filefd_maximum')}",
                        "{{instance}}",
                    ),
                ),
                "percentunit",
            ),
            graph(
                ID["processes"],
                Words(
                    "Processes that run or are stuck",
                    "Good: none is stuck for long; stuck ones wait for a disk.",
                    OFF,
                ),
                (
                    Query(_of("node_procs_running"), "run {{instance}}"),
                    Query(_of("node_procs_blocked"), "stuck {{instance}}"),
                ),
                "short",
            ),
            graph(
                ID["clock"],
                Words(
                    "Clock off by",
                    "As far as the kernel knows. Good: below 50 ms; alerts and traces of machines "
                    "whose clocks differ do not fit together.",
                    OFF,
                ),
                (Query(f"abs({_of('node_timex_offset_seconds')})", "{{instance}}"),),
                "s",
            ),
        ),
        collapsed=True,
    )
