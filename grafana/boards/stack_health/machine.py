"""What the machine still has room for, and what the stores keep on it."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["stack-health"]
_NO_AGENT = "no agent measures its machine"
_STORED = (
    ("prometheus_tsdb_storage_blocks_bytes", "Prometheus blocks"),
    ("prometheus_tsdb_head_chunks_storage_size_bytes", "Prometheus head"),
    ("prometheus_tsdb_wal_storage_size_bytes", "Prometheus WAL"),
    ("jaeger_storage_badger_size_bytes_lsm", "Jaeger keys"),
    ("jaeger_storage_badger_size_bytes_vlog", "Jaeger values"),
)


def _percent(key: str, title: str, metric: str, alert: str, why: str):  # noqa: ANN202
    name = alert.partition("/")[0]
    return graph(
        ID[key],
        Words(title, f"{why} {name} tells above the line. Good: below it.", _NO_AGENT),
        (Query(f"max by (service) ({metric})", "{{service}}"),),
        "percent",
        limit=limit(alert),
        links=(to_dashboard("The machine", "host", keep=()),),
    )


def row() -> Row:
    """Return the row about disk, memory and CPU of the machine."""
    return Row(
        "Is there room?",
        (
            _percent(
                "disk",
                "Disk in use",
                "system_disk_usage_percent",
                "DiskFilling/system",
                "Of the disk that holds the agent's state.",
            ),
            graph(
                ID["stored"],
                Words(
                    "What the stores keep",
                    "Bytes on disk of Prometheus and Jaeger. Good: level after the days that are "
                    "kept; Prometheus removes its oldest blocks at its size limit.",
                    "no store tells its size",
                ),
                tuple(Query(f"sum({metric})", name) for metric, name in _STORED),
                "bytes",
            ),
            _percent(
                "machine_memory",
                "Memory of the machine",
                "system_memory_usage_percent",
                "HighMemoryUsage/system",
                "Of the machine, or of the container's limit.",
            ),
            _percent(
                "machine_cpu",
                "CPU of the machine",
                "system_cpu_usage_percent",
                "HighCPUUsage/system",
                "Of the machine, or of what the container may use.",
            ),
        ),
        collapsed=True,
    )
