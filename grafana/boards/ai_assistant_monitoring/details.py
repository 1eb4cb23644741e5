"""Who uses the assistant, and the machine that it runs on."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.ai_assistant_monitoring.guide import ID, NO_CALLS
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import OF_MODEL, SERVICE

_WINDOW = "$__rate_interval"


def use() -> Row:
    """Return model calls, tokens, failing routes and users."""
    return Row(
        "Model calls, tokens, users",
        (
            graph(
                ID["model_calls"],
                Words(
                    "Model calls by outcome",
                    "A second. Good: nearly all success.",
                    NO_CALLS,
                ),
                (
                    Query(
                        promql.per_second(
                            "ai_model_calls_total", OF_MODEL, "status", window=_WINDOW
                        ),
                        "{{status}}",
                    ),
                ),
                "suffix:/s",
                stacked=True,
                colors={"success": "green", "error": "red"},
            ),
            graph(
                ID["tokens"],
                Words(
                    "Tokens of the last hour by model",
                    "Prompt and completion tokens over 1 h, as the provider counts them.",
                    NO_CALLS,
                ),
                (
                    Query(
                        f"sum by (model, type) (increase(ai_tokens_used_total{{{OF_MODEL}}}[1h]))",
                        "{{model}} {{type}}",
                    ),
                ),
                "short",
                stacked=True,
            ),
            graph(
                ID["errors_by_endpoint"],
                Words(
                    "Errors by route",
                    "Failed requests a second over 5 m. Good: none.",
                    "no errors yet",
                ),
                (Query(f"service_endpoint:errors:rate5m{{{SERVICE}}}", "{{endpoint}}"),),
                "suffix:/s",
            ),
            graph(
                ID["users"],
                Words(
                    "Users and sessions",
                    "Distinct users of 5 m and of today, and sessions that have not expired.",
                    "no agent",
                ),
                (
                    Query(f"sum(agent_concurrent_users{{{SERVICE}}})", "users of 5 m"),
                    Query(f"max(agent_daily_active_users{{{SERVICE}}})", "users of today"),
                    Query(f"sum(active_sessions{{{SERVICE}}})", "sessions"),
                ),
                "short",
            ),
        ),
        collapsed=True,
    )


def _traffic(metric: str, selector: str = SERVICE) -> str:
    return promql.per_second(metric, selector, "service", window=_WINDOW)


def machine() -> Row:
    """Return what the machine or container uses."""
    return Row(
        "Machine",
        (
            graph(
                ID["processor_and_memory"],
                Words(
                    "CPU and memory",
                    f"Of the machine or container. HighCPUUsage warns above the line. "
                    f"HighMemoryUsage pages above {limit('HighMemoryUsage/system'):g} %.",
                    "no agent",
                ),
                (
                    Query(f"system_cpu_usage_percent{{{SERVICE}}}", "CPU {{service}}"),
                    Query(f"system_memory_usage_percent{{{SERVICE}}}", "memory {{service}}"),
                ),
                "percent",
                limit=limit("HighCPUUsage/system"),
            ).max(100),
            graph(
                ID["disk"],
                Words(
                    "Disk",
                    "Use of the disk that holds the state. DiskFilling warns above the line.",
                    "no agent",
                ),
                (Query(f"system_disk_usage_percent{{{SERVICE}}}", "{{service}}"),),
                "percent",
                limit=limit("DiskFilling/system"),
            ).max(100),
            graph(
                ID["disk_traffic"],
                Words("Disk traffic", "Read and written, all disks. Good: steady.", "no agent"),
                (
                    Query(_traffic("system_disk_read_bytes_total"), "read {{service}}"),
                    Query(_traffic("system_disk_written_bytes_total"), "written {{service}}"),
                ),
                "Bps",
            ),
            graph(
                ID["network"],
                Words("Network", "Received and sent, all interfaces. Good: steady.", "no agent"),
                (
                    Query(_traffic("system_network_receive_bytes_total"), "received {{service}}"),
                    Query(_traffic("system_network_transmit_bytes_total"), "sent {{service}}"),
                ),
                "Bps",
            ),
        ),
        collapsed=True,
    )
