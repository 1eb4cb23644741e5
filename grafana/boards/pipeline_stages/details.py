"""Each single step, its spread, other services, and traces to open."""

from grafana import promql
from grafana.board import Row
from grafana.boards.pipeline_stages.span_metrics import CALLS, DURATION, OF_SERVICE
from grafana.boards.pipeline_stages.stages import ID, NO_SPANS
from grafana.panel_kinds import Column, Query, TraceQuery, Words, graph, heat, table

_WINDOW = "$__rate_interval"


def details() -> Row:
    """Return the row of details."""
    own = promql.per_second(f"{DURATION}_sum", OF_SERVICE, "span_name", window=_WINDOW)
    p95 = promql.quantile(0.95, DURATION, OF_SERVICE, "span_name", window=_WINDOW)
    return Row(
        "Each step, and traces to open",
        (
            graph(
                ID["step_p95"],
                Words(
                    "P95 by span",
                    "The ten slowest names of spans. Good: model calls and what encloses them.",
                    NO_SPANS,
                ),
                (Query(f"topk(10, {p95})", "{{span_name}}"),),
                "ms",
            ),
            graph(
                ID["steps"],
                Words(
                    "Time by span",
                    "Milliseconds that the spans of a name take in a second, the ten largest; a "
                    "span's time is in those that enclose it too. Good: steady.",
                    NO_SPANS,
                ),
                (Query(f"topk(10, {own})", "{{span_name}}"),),
                "ms",
            ),
            heat(
                ID["spread"],
                Words(
                    "Distribution of span durations",
                    "How many spans took how long. Good: one cloud a stage, none at the top.",
                    NO_SPANS,
                ),
                Query(
                    f"sum by (le) (increase({DURATION}_bucket{{{OF_SERVICE}}}[{_WINDOW}]))",
                    "{{le}}",
                ),
                "ms",
            ),
            graph(
                ID["services"],
                Words(
                    "Spans by service",
                    "A second, of every service that sends traces. Good: all that you know of.",
                    NO_SPANS,
                ),
                (Query(f"sum by (service_name) (rate({CALLS}[{_WINDOW}]))", "{{service_name}}"),),
                "suffix:/s",
                stacked=True,
            ),
            table(
                ID["traces"],
                Words(
                    "Latest slow traces",
                    "Of the service chosen under Traces of, longer than the choice at the top; "
                    "click one to open it. Good: few.",
                    "no trace is longer than the choice at the top",
                ),
                (TraceQuery(longer_than="${slower_than}s"),),
                (Column("duration", "Duration", "µs"),),
            ),
        ),
        collapsed=True,
    )
