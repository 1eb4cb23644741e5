"""The pool of agents: how full it is, and who waits for it."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import OF_TEMPLATE, SERVICE

ID = PANEL_IDS["agents-and-tools"]
_NO_POOL = "no pool"


def _share(metric: str) -> str:
    of_pool = f"(sum by (service, instance) (agent_pool_max_size{{{SERVICE}}}) > 0)"
    return f"sum by (service, instance) ({metric}{{{SERVICE}}}) / {of_pool}"


#: Share of the pool that is busy, and that is made.
BUSY = _share("agent_active_count")
MADE = _share("agent_pool_size")


def row() -> Row:
    """Return the graphs about the pool."""
    waiting = f"sum by (service) (min_over_time(agent_queue_length{{{SERVICE}}}[2m]))"
    by_agent = promql.per_second(
        "agent_chat_latency_seconds_count", OF_TEMPLATE, "agent_id", window="$__rate_interval"
    )
    return Row(
        "Is there an agent for everybody?",
        (
            graph(
                ID["pool"],
                Words(
                    "Pool in use",
                    "Agents that are made, and that are busy, of the most that there may be. "
                    "PoolNearCapacity warns above the line. Good: below it.",
                    _NO_POOL,
                ),
                (Query(MADE, "made {{service}}"), Query(BUSY, "busy {{service}}")),
                "percentunit",
                limit=limit("PoolNearCapacity/agent"),
            ),
            graph(
                ID["queue"],
                Words(
                    "Chats that wait",
                    "Now, and the fewest of 2 m: QueueGrowing warns when those stay above the "
                    "line. Good: 0.",
                    _NO_POOL,
                ),
                (
                    Query(f"sum by (service) (agent_queue_length{{{SERVICE}}})", "now {{service}}"),
                    Query(waiting, "fewest of 2 m {{service}}"),
                ),
                "short",
                limit=limit("QueueGrowing/agent"),
            ),
            graph(
                ID["queue_wait"],
                Words(
                    "Wait for an agent",
                    "P95 by template. Good: near 0; it is part of what users wait.",
                    "nobody was served",
                ),
                (
                    Query(
                        promql.quantile(
                            0.95,
                            "agent_queue_wait_seconds",
                            OF_TEMPLATE,
                            "template_id",
                            window="$__rate_interval",
                        ),
                        "{{template_id}}",
                        exemplars=True,
                    ),
                ),
                "s",
            ),
            graph(
                ID["chats_of_agents"],
                Words(
                    "Chats by agent",
                    "A second, by the agent of the pool. Good: work is spread; one that stopped "
                    "holds its place.",
                    "no chats",
                ),
                (Query(by_agent, "{{agent_id}}"),),
                "suffix:/s",
                stacked=True,
            ),
        ),
        collapsed=True,
    )
