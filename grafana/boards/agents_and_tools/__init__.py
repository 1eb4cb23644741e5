"""Agents and tools: do runs come to a good end, and what do they do on the way?"""

from grafana import promql, variables
from grafana.alert_limits import GOOD_ERROR_RATIO, limit, percent
from grafana.board import Board, Row
from grafana.boards.agents_and_tools import answers, pool, run_details, runs, tools
from grafana.boards.agents_and_tools.runs import AGENT, NO_RUNS, NO_TOOLS
from grafana.links import label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph, number, rising

ID = PANEL_IDS["agents-and-tools"]
_FAILING = limit("HighErrorRate/request")
_SLOW = limit("SlowResponse/chat")
_LOOPS = limit("ToolLoop/agent")
_TOOLS = limit("APICallFailures/tool")
_ONE_AGENT = to_dashboard("Only this agent", "agents-and-tools", template=label(AGENT))


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Agents and tools",
        question="Do the agents' runs come to a good end, and what do they do on the way?",
        rows=(_verdict(), _runs(), run_details.row(), tools.row(), pool.row(), answers.row()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.data_source("jaeger"),
            variables.service("gen_ai_invoke_agent_duration_seconds_count"),
            variables.label_choice(
                "template",
                "Template",
                'gen_ai_invoke_agent_duration_seconds_count{service=~"$service"}',
                AGENT,
                "What kind of agent runs, such as support or research; the name of a foreign one.",
            ),
            variables.label_choice(
                "tool",
                "Tool",
                'gen_ai_execute_tool_duration_seconds_count{service=~"$service"}',
                runs.TOOL,
                "Narrows the panels about tools.",
            ),
        ),
    )


def _verdict() -> Row:
    loops = f"sum(increase(agent_loop_suspected_total{{{promql.OF_TEMPLATE}}}[10m]))"
    return Row(
        "Do the agents work?",
        (
            number(
                ID["runs_now"],
                Words("Runs", "A second over 5 m. Good: what is usual at this hour.", NO_RUNS),
                Query(runs.runs(window="5m")),
                "suffix:/s",
            ),
            number(
                ID["failed_now"],
                Words(
                    "Failed runs",
                    "Share of the runs of 5 m that ended with an error. Good: below "
                    f"{percent(GOOD_ERROR_RATIO)}.",
                    NO_RUNS,
                ),
                Query(runs.runs_failed(window="5m")),
                "percentunit",
                steps=rising(_FAILING, doubtful=GOOD_ERROR_RATIO),
            ),
            number(
                ID["p95_now"],
                Words(
                    "P95 of a run",
                    f"Over 5 m, model and tool calls included. Good: well below {_SLOW:g} s, from "
                    "which on a chat is slow.",
                    NO_RUNS,
                ),
                Query(promql.quantile(0.95, runs.RUN, runs.OF_AGENT)),
                "s",
                steps=rising(_SLOW, doubtful=_SLOW / 2),
            ),
            number(
                ID["loops_now"],
                Words(
                    "Suspected loops",
                    "Runs of the last 10 m that called the same tool with the same arguments again "
                    f"and again, or far too often. Good: 0; ToolLoop warns above {_LOOPS:g}.",
                    "nothing looks for loops",
                ),
                Query(loops),
                "short",
                steps=rising(_LOOPS, doubtful=1),
            ),
            number(
                ID["pool_now"],
                Words(
                    "Agents busy",
                    "Of the most that the pool may hold. Good: below "
                    f"{percent(limit('PoolNearCapacity/agent'))}.",
                    "no pool",
                ),
                Query(f"max({pool.BUSY})"),
                "percentunit",
                steps=rising(limit("PoolNearCapacity/agent"), doubtful=0.7),
            ),
            number(
                ID["waiting_now"],
                Words(
                    "Chats that wait now",
                    "For a free agent, now. Good: 0; QueueGrowing warns while there are always "
                    f"more than {limit('QueueGrowing/agent'):g}.",
                    "no pool",
                ),
                Query(f"sum(agent_queue_length{{{promql.SERVICE}}})"),
                "short",
                steps=rising(limit("QueueGrowing/agent"), doubtful=1),
            ),
            number(
                ID["tools_failed_now"],
                Words(
                    "Failed tool calls",
                    "Of the last 5 m, by the tool that fails most. Good: 0; APICallFailures warns "
                    f"above {_TOOLS:g}.",
                    NO_TOOLS,
                ),
                Query(f"max({tools.FAILED_IN_5M})"),
                "short",
                steps=rising(_TOOLS, doubtful=1),
            ),
            number(
                ID["cost_of_run_now"],
                Words(
                    "Mean cost of a run",
                    "USD, mean of the last hour (1 h). Good: what it was last week.",
                    "no priced runs",
                ),
                Query(promql.mean("agent_run_cost_usd", promql.OF_TEMPLATE, window="1h")),
                "currencyUSD",
                links=(to_dashboard("Where the money goes", "cost"),),
            ).decimals(5),
        ),
    )


def _runs() -> Row:
    return Row(
        "Rate, errors, duration of runs",
        (
            graph(
                ID["runs"],
                Words("Runs by agent", "A second. Good: what is usual at this hour.", NO_RUNS),
                (Query(runs.runs(AGENT), "{{gen_ai_agent_name}}"),),
                "suffix:/s",
                stacked=True,
                links=(_ONE_AGENT,),
            ),
            graph(
                ID["failed"],
                Words(
                    "Share of failed runs",
                    f"By agent. Good: near 0; above {percent(_FAILING)} of all requests it pages.",
                    NO_RUNS,
                ),
                (Query(runs.runs_failed(AGENT), "{{gen_ai_agent_name}}"),),
                "percentunit",
                limit=_FAILING,
                links=(_ONE_AGENT,),
            ),
            graph(
                ID["duration"],
                Words(
                    "Time of a run",
                    "P95 and P50 by agent, all calls included. Each dot is a run: click it for its "
                    "trace. Good: below the line, above which chats are slow.",
                    NO_RUNS,
                ),
                (
                    Query(
                        promql.quantile(
                            0.95, runs.RUN, runs.OF_AGENT, AGENT, window="$__rate_interval"
                        ),
                        "P95 {{gen_ai_agent_name}}",
                        exemplars=True,
                    ),
                    Query(
                        promql.quantile(
                            0.5, runs.RUN, runs.OF_AGENT, AGENT, window="$__rate_interval"
                        ),
                        "P50 {{gen_ai_agent_name}}",
                        exemplars=True,
                    ),
                ),
                "s",
                limit=_SLOW,
                links=(_ONE_AGENT,),
            ),
            graph(
                ID["errors_by_type"],
                Words(
                    "Failed runs by cause",
                    "A second. too_many_rounds: the model never came to an end; timeout and "
                    "server_error: its provider. Good: empty.",
                    "no failed runs",
                ),
                (
                    Query(
                        runs.runs(AGENT, "error_type", failed=True),
                        "{{gen_ai_agent_name}} {{error_type}}",
                    ),
                ),
                "suffix:/s",
                stacked=True,
                links=(to_dashboard("Why model calls fail", "models-and-providers"),),
            ),
        ),
    )
