"""Details about the pool and about single runs."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.agent_sdk_monitoring.guide import ID, NO_CHATS, OF_AGENT
from grafana.panel_kinds import Query, Words, graph, heat
from grafana.promql import OF_TEMPLATE, SERVICE

_WINDOW = "$__rate_interval"


def pool() -> Row:
    """Return what the pool and its process need."""
    wait = promql.quantile(
        0.95, "agent_queue_wait_seconds", OF_TEMPLATE, "template_id", window=_WINDOW
    )
    return Row(
        "Pool, queue and memory",
        (
            graph(
                ID["pool"],
                Words(
                    "Agent pool",
                    "Busy and live agents below their maximum. Good: busy stays below live.",
                    "no pool",
                ),
                (
                    Query(f"sum(agent_active_count{{{SERVICE}}})", "busy"),
                    Query(f"sum(agent_pool_size{{{SERVICE}}})", "live"),
                    Query(f"sum(agent_pool_max_size{{{SERVICE}}})", "maximum"),
                    Query(f"sum(agent_queue_length{{{SERVICE}}})", "waiting chats"),
                ),
                "short",
            ).span(8),
            graph(
                ID["queue_wait"],
                Words(
                    "P95 wait for an agent",
                    "Time from a chat's arrival to its agent. Good: near 0.",
                    NO_CHATS,
                ),
                (Query(wait, "{{template_id}}", exemplars=True),),
                "s",
            ).span(8),
            graph(
                ID["memory"],
                Words(
                    "Memory of the process",
                    "Resident memory. HighMemoryUsage pages above the line. Good: flat after the "
                    "first hour.",
                    "no agent",
                ),
                (Query(f"agent_memory_usage_bytes{{{SERVICE}}}", "{{service}} {{instance}}"),),
                "decbytes",
                limit=limit("HighMemoryUsage/agent"),
            ).span(8),
        ),
        collapsed=True,
    )


def runs() -> Row:
    """Return how the runs of the agents go."""
    return Row(
        "Runs",
        (
            graph(
                ID["success_rate"],
                Words(
                    "Success rate by template",
                    "Share of the runs of 5 m that ended by the model's normal stop. Good: near 1.",
                    NO_CHATS,
                ),
                (
                    Query(
                        f"avg by (template_id) (agent_success_rate{{{OF_TEMPLATE}}})",
                        "{{template_id}}",
                    ),
                ),
                "percentunit",
            )
            .span(8)
            .max(1),
            graph(
                ID["response_time"],
                Words(
                    "Average response time by template",
                    "Mean time of the runs of 5 m. Good: what users are used to.",
                    NO_CHATS,
                ),
                (
                    Query(
                        f"avg by (template_id) (agent_avg_response_time_seconds{{{OF_TEMPLATE}}})",
                        "{{template_id}}",
                    ),
                ),
                "s",
            ).span(8),
            heat(
                ID["chat_distribution"],
                Words(
                    "Distribution of chat latency",
                    "How many chats took how long. Good: one band; two bands are two kinds of "
                    "chat, or a cause that some of them share.",
                    NO_CHATS,
                ),
                Query(
                    "sum by (le) (increase("
                    f"agent_chat_latency_seconds_bucket{{{OF_AGENT}}}[$__rate_interval]))",
                    "{{le}}",
                    exemplars=True,
                ),
                "s",
            ).span(8),
            graph(
                ID["tokens_of_call"],
                Words(
                    "Tokens of one model call, P95",
                    "95 % of the calls have fewer. Input that grows is a history that is not cut.",
                    "no model calls",
                ),
                (
                    Query(
                        promql.quantile(0.95, "agent_token_usage", SERVICE, "type", window=_WINDOW),
                        "{{type}}",
                    ),
                ),
                "short",
            ),
            graph(
                ID["calls_of_run"],
                Words(
                    "Calls of one run",
                    "Mean number of model and tool calls of one run. Good: a few; many are a loop.",
                    NO_CHATS,
                ),
                (
                    Query(
                        promql.mean(
                            "gen_ai_invoke_agent_inference_calls",
                            SERVICE,
                            "gen_ai_agent_name",
                            window=_WINDOW,
                        ),
                        "model calls of {{gen_ai_agent_name}}",
                    ),
                    Query(
                        promql.mean(
                            "gen_ai_invoke_agent_tool_calls",
                            SERVICE,
                            "gen_ai_agent_name",
                            window=_WINDOW,
                        ),
                        "tool calls of {{gen_ai_agent_name}}",
                    ),
                ),
                "short",
            ),
        ),
        collapsed=True,
    )
