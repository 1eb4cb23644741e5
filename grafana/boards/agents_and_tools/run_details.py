"""What runs do on their way: how many calls they make, whether they turn in circles, their cost."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.agents_and_tools import runs
from grafana.boards.agents_and_tools.runs import NO_RUNS
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import OF_TEMPLATE
from grafana.request_tables import expensive_runs

ID = PANEL_IDS["agents-and-tools"]


def row() -> Row:
    """Return the graphs about single runs."""
    loops = f"sum by (template_id) (increase(agent_loop_suspected_total{{{OF_TEMPLATE}}}[10m]))"
    return Row(
        "What does a run do?",
        (
            _calls(
                "model_calls",
                "inference",
                "Model calls of a run",
                "Good: a few, and steady; a rise makes runs slow and dear.",
            ),
            _calls(
                "tool_calls",
                "tool",
                "Tool calls of a run",
                "Good: a few, and steady; many are a tool that does not help the model.",
            ),
            graph(
                ID["loops"],
                Words(
                    "Suspected loops in 10 m",
                    "Runs that called the same tool with the same arguments again and again, or "
                    "far too often. ToolLoop warns above the line. Good: 0.",
                    "nothing looks for loops",
                ),
                (Query(loops, "{{template_id}}"),),
                "short",
                limit=limit("ToolLoop/agent"),
            ),
            graph(
                ID["cost_of_run"],
                Words(
                    "Cost of a run",
                    "USD, P95 and mean by template. Each dot is a run: click it for its trace. "
                    "Good: steady; P95 far above the mean is a few runs that do not end.",
                    "no priced runs",
                ),
                (
                    Query(
                        promql.quantile(
                            0.95,
                            "agent_run_cost_usd",
                            OF_TEMPLATE,
                            "template_id",
                            window="$__rate_interval",
                        ),
                        "P95 {{template_id}}",
                        exemplars=True,
                    ),
                    Query(
                        promql.mean(
                            "agent_run_cost_usd",
                            OF_TEMPLATE,
                            "template_id",
                            window="$__rate_interval",
                        ),
                        "mean {{template_id}}",
                    ),
                ),
                "currencyUSD",
            ).decimals(5),
            expensive_runs(
                ID["expensive_runs"],
                Words(
                    "Most expensive runs",
                    "The ten dearest among the newest thousand runs of this time. Click the cost "
                    "for the trace. Good: none costs many times the others.",
                    "no priced runs",
                ),
                '| template_id=~"$template"',
            ),
        ),
    )


def _calls(key: str, what: str, title: str, good: str):  # noqa: ANN202 -- the SDK's builder
    return graph(
        ID[key],
        Words(title, f"P95 and mean by agent. {good}", NO_RUNS),
        (
            Query(runs.of_run(what, 0.95), "P95 {{gen_ai_agent_name}}"),
            Query(runs.mean_of_run(what), "mean {{gen_ai_agent_name}}"),
        ),
        "short",
    )
