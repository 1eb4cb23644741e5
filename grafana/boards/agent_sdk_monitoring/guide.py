"""The verdict about the agents, and the panels that the guide names."""

from grafana import promql
from grafana.alert_limits import hold, limit, percent
from grafana.board import Row
from grafana.links import label, to_dashboard, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph, number, rising, shares
from grafana.promql import OF_TEMPLATE, SERVICE

ID = PANEL_IDS["agent-sdk-monitoring"]
OF_AGENT = f'{SERVICE}, template_id=~"$template", agent_id=~"$agent"'
NO_CHATS = "no chats"
_FULL = limit("PoolNearCapacity/agent")
SLOW = limit("SlowResponse/chat")
_MEMORY = limit("HighMemoryUsage/agent")
_P95 = promql.quantile(0.95, "agent_chat_latency_seconds", OF_AGENT, "template_id")


def verdict() -> Row:
    """Return the row of single numbers."""
    size = f"sum(agent_pool_max_size{{{SERVICE}}})"
    return Row(
        "Do the agents work?",
        (
            number(
                ID["active_agents"],
                Words("Active agents", "Agents that are busy with a chat right now.", "no agent"),
                Query(f"sum(agent_active_count{{{SERVICE}}})"),
                "none",
            ),
            number(
                ID["pool_use"],
                Words(
                    "Pool in use",
                    f"Share of the largest pool that is busy. Good: below {percent(_FULL)}, where "
                    f"PoolNearCapacity warns after {hold('PoolNearCapacity/agent')}.",
                    "no pool",
                ),
                Query(f"sum(agent_active_count{{{SERVICE}}}) / ({size} > 0)"),
                "percentunit",
                steps=rising(_FULL, doubtful=0.7),
            ),
            number(
                ID["chats_now"],
                Words("Chats", "Chats that end a second, over 5 m.", NO_CHATS),
                Query(promql.per_second("agent_chat_latency_seconds_count", OF_AGENT)),
                "suffix:/s",
            ),
            number(
                ID["success_now"],
                Words(
                    "Success rate",
                    "Share of the runs of the last 5 m that ended by the model's normal stop, of "
                    "the worst template. Good: above 95 %.",
                    NO_CHATS,
                ),
                Query(f"min(agent_success_rate{{{OF_TEMPLATE}}})"),
                "percentunit",
                steps=((None, "red"), (0.9, "yellow"), (0.95, "green")),
            ),
            number(
                ID["p95_now"],
                Words(
                    "P95 now",
                    "95 % of the slowest template's chats over 5 m were faster. Good: well below "
                    f"{SLOW:g} s, where SlowResponse warns.",
                    NO_CHATS,
                ),
                Query(f"max({_P95})"),
                "s",
                steps=rising(SLOW, doubtful=SLOW / 2),
            ),
            number(
                ID["waiting"],
                Words(
                    "Waiting chats",
                    "Chats that wait for a free agent. Good: 0; QueueGrowing warns from "
                    f"{limit('QueueGrowing/agent'):g}.",
                    "no pool",
                ),
                Query(f"sum(agent_queue_length{{{SERVICE}}})"),
                "none",
                steps=rising(limit("QueueGrowing/agent"), doubtful=1),
            ),
            number(
                ID["memory_now"],
                Words(
                    "Memory",
                    "Resident memory of the largest process. HighMemoryUsage pages after "
                    f"{hold('HighMemoryUsage/agent')} above {_MEMORY / 1e9:g} GB.",
                    "no agent",
                ),
                Query(f"max(agent_memory_usage_bytes{{{SERVICE}}})"),
                "decbytes",
                steps=rising(_MEMORY, doubtful=_MEMORY / 2),
            ),
            number(
                ID["loops"],
                Words(
                    "Suspected loops, 10 m",
                    "Runs that call the same tool again and again. Good: 0.",
                    "no runs yet",
                ),
                Query(f"sum(increase(agent_loop_suspected_total{{{OF_TEMPLATE}}}[10m]))"),
                "none",
                steps=rising(limit("ToolLoop/agent"), doubtful=1),
                links=(to_dashboard("Agents and tools", "agents-and-tools"),),
            ).decimals(0),
        ),
    )


def guide() -> Row:
    """Return the guide's panels."""
    lines = to_log_lines(
        "Log lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    errors = f'{SERVICE}, agent_id=~"$agent"'
    return Row(
        "Creation, latency, tokens, tools, errors",
        (
            graph(
                ID["creation_rate"],
                Words(
                    "Creation rate",
                    "Agents created a second, over 5 m. Good: a few after a start, then near 0: a "
                    "pool that keeps growing does not get its agents back.",
                    "no agent",
                ),
                (
                    Query(
                        promql.per_second("agent_created_total", SERVICE, "service"), "{{service}}"
                    ),
                ),
                "suffix:/s",
            ).span(8),
            graph(
                ID["p95"],
                Words(
                    "P95 latency",
                    "Time of a chat with everything in it, by template, over 5 m. SlowResponse "
                    "warns above the line. Dots lead to traces.",
                    NO_CHATS,
                ),
                (Query(_P95, "{{template_id}}", exemplars=True),),
                "s",
                limit=SLOW,
            ).span(8),
            graph(
                ID["token_usage"],
                Words(
                    "Token usage by type",
                    "Tokens of the last hour (1 h), as the provider counts them. Good: input and "
                    "output move together with the chats.",
                    "no model calls",
                ),
                (
                    Query(
                        f"sum by (type) (increase(agent_token_usage_sum{{{SERVICE}}}[1h]))",
                        "{{type}}",
                    ),
                ),
                "short",
                stacked=True,
            ).span(8),
            shares(
                ID["tool_calls"],
                Words(
                    "Tool call distribution",
                    "Which tools the agents called in the time shown. Good: the usual mix; a tool "
                    "that takes over may be a loop.",
                    "no tool calls",
                ),
                Query(
                    "sort_desc(sum by (tool_name) "
                    f"(increase(agent_tool_calls_total{{{SERVICE}}}[$__range])) > 0)",
                    "{{tool_name}}",
                ),
                "short",
                links=(to_dashboard("Agents and tools", "agents-and-tools"),),
            ).span(10),
            graph(
                ID["errors_by_type"],
                Words(
                    "Error rate by type",
                    "Exception class or the provider's code, a second over 5 m. HighErrorRate "
                    "warns when one agent is above the line. Good: none.",
                    "no errors yet",
                ),
                (
                    Query(
                        promql.per_second("agent_errors_total", errors, "error_type"),
                        "{{error_type}}",
                    ),
                ),
                "suffix:/s",
                limit=limit("HighErrorRate/agent"),
                links=(lines,),
            ).span(14),
        ),
    )
