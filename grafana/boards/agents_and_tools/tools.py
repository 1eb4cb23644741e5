"""The tools: which is called, fails, or is slow."""

from grafana import promql
from grafana.alert_limits import THRESHOLDS, limit, percent
from grafana.board import Row
from grafana.boards.agents_and_tools import runs
from grafana.boards.agents_and_tools.runs import NO_TOOLS, OF_TOOL, TOOL
from grafana.links import cell, label, to_dashboard, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, rising, table
from prometheus.thresholds import load

ID = PANEL_IDS["agents-and-tools"]
#: Failed calls of five minutes, by tool, as the alert counts them.
FAILED_IN_5M = (
    'service_tool:agent_tool_calls_failed:increase5m{service=~"$service", tool_name=~"$tool"}'
)
_PROMISED = next(one.objective for one in load(THRESHOLDS).objectives if one.name == "tools")
_LINES = (
    '{{service_name=~"${{service:regex}}", level="WARN"}} | event="tool_execution_failed" '
    '| tool_name="{tool}"'
)


def row() -> Row:
    """Return the graphs and the table about tools."""
    only = to_dashboard("Only this tool", "agents-and-tools", tool=label(TOOL))
    lines = to_log_lines("Its failures in the log", _LINES.format(tool=label("tool_name")))
    return Row(
        "Do the tools work?",
        (
            graph(
                ID["calls_by_tool"],
                Words("Tool calls", "A second, by tool. Good: what is usual.", NO_TOOLS),
                (Query(runs.tool_calls(TOOL), "{{gen_ai_tool_name}}"),),
                "suffix:/s",
                stacked=True,
                links=(only,),
            ).span(8),
            graph(
                ID["tools_failed"],
                Words(
                    "Failed tool calls in 5 m",
                    "By tool. APICallFailures warns above the line. Good: 0.",
                    NO_TOOLS,
                ),
                (Query(FAILED_IN_5M, "{{tool_name}}"),),
                "short",
                limit=limit("APICallFailures/tool"),
                links=(lines,),
            ).span(8),
            graph(
                ID["tool_duration"],
                Words(
                    "P95 of a tool call",
                    "By tool. Each dot is a call: click it for its trace. Good: what is usual for "
                    "the service behind it.",
                    NO_TOOLS,
                ),
                (
                    Query(
                        promql.quantile(
                            0.95, runs.TOOL_CALL, OF_TOOL, TOOL, window="$__rate_interval"
                        ),
                        "{{gen_ai_tool_name}}",
                        exemplars=True,
                    ),
                ),
                "s",
                links=(only,),
            ).span(8),
            graph(
                ID["tool_failure_share"],
                Words(
                    "Share of failed tool calls",
                    f"By tool. Good: below the line; {percent(_PROMISED)} of all tool calls are "
                    "promised to work.",
                    NO_TOOLS,
                ),
                (Query(runs.tools_failed(TOOL), "{{gen_ai_tool_name}}"),),
                "percentunit",
                limit=round(1 - _PROMISED, 4),
                links=(only, to_dashboard("What is promised", "slo-and-error-budget")),
            ),
            table(
                ID["tools"],
                Words(
                    "Tools",
                    "Calls a second, share that fails and P95, over 5 m. Good: none stands out.",
                    NO_TOOLS,
                ),
                (
                    Query(runs.tool_calls(TOOL, window="5m")),
                    Query(runs.tools_failed(TOOL, window="5m")),
                    Query(promql.quantile(0.95, runs.TOOL_CALL, OF_TOOL, TOOL)),
                ),
                (
                    Column(
                        TOOL,
                        "Tool",
                        links=(to_dashboard("Only it", "agents-and-tools", tool=cell(TOOL)),),
                    ),
                    Column("Value #A", "Calls", "suffix:/s"),
                    Column("Value #B", "Failed", "percentunit", rising(round(1 - _PROMISED, 4))),
                    Column("Value #C", "P95", "s"),
                ),
                largest_first="Value #A",
            )
            .span(12)
            .height(9),
        ),
    )
