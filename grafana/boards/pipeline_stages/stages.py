"""The verdict about the stages, and each kind of span."""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode

from grafana import promql
from grafana.board import Row
from grafana.boards.pipeline_stages.span_metrics import (
    CALLS,
    DURATION,
    INNER,
    OF_SERVICE,
    average,
    by_kind,
    quantile,
)
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import (
    Column,
    Query,
    Words,
    graph,
    number,
    rising,
    shares,
    table,
)

ID = PANEL_IDS["pipeline-stages"]
NO_SPANS = "no spans"
_FAILED = f'{OF_SERVICE}, status_code="STATUS_CODE_ERROR"'
_TOOLS = to_dashboard("Agents and tools", "agents-and-tools")


def verdict() -> Row:
    """Return the row of single numbers."""
    spans = promql.per_second(CALLS, OF_SERVICE, window="$__rate_interval")
    failed = promql.per_second(CALLS, _FAILED, window="$__rate_interval")
    inner = f'{OF_SERVICE}, span_name=~"{INNER}"'
    models = f'{OF_SERVICE}, span_name=~"chat .+"'
    return Row(
        "Which stage takes the time?",
        (
            number(
                ID["spans_now"],
                Words("Spans", "Spans a second. Good: in step with the requests.", NO_SPANS),
                Query(spans),
                "suffix:/s",
            ).span(6),
            number(
                ID["errors_now"],
                Words(
                    "Failed spans",
                    "Share of spans that end with an error. Good: below 1 %.",
                    NO_SPANS,
                ),
                Query(f"({failed} or vector(0)) / ({spans} > 0)"),
                "percentunit",
                steps=rising(0.05, doubtful=0.01),
            ).span(6),
            number(
                ID["slowest_kind"],
                Words(
                    "Slowest step inside a run",
                    "P95 of the slowest kind of span, agents and chains aside. Good: the model.",
                    NO_SPANS,
                ),
                Query(f"topk(1, {quantile(0.95, inner)})", "{{kind}}"),
                "ms",
            )
            .span(6)
            .text_mode(BigValueTextMode.VALUE_AND_NAME),
            number(
                ID["p95_of_models"],
                Words(
                    "P95 of model calls",
                    "As their spans saw them. Good: what the provider promises.",
                    NO_SPANS,
                ),
                Query(promql.quantile(0.95, DURATION, models, window="$__rate_interval")),
                "ms",
                links=(to_dashboard("Models and providers", "models-and-providers"),),
            ).span(6),
        ),
    )


def stages() -> Row:
    """Return P50, P95, average, count and share of each kind of span."""
    kinds = "agent, llm, tool, memory, retrieval, embedding and chain (every other step)"
    columns = (
        Column("kind", "Stage", links=(_TOOLS,)),
        Column("Value #A", "Count", "short"),
        Column("Value #B", "Average", "ms"),
        Column("Value #C", "P50", "ms"),
        Column("Value #D", "P95", "ms"),
    )
    counted = by_kind(CALLS, function="increase")
    failed = promql.ratio(by_kind(CALLS, selector=_FAILED), by_kind(CALLS))
    return Row(
        "Each kind of span",
        (
            table(
                ID["stages"],
                Words(
                    "Latency breakdown by stage",
                    f"Count in the time shown; average, P50 and P95 of now, of {kinds}. Good: llm "
                    "is the slowest inside of agent.",
                    NO_SPANS,
                ),
                tuple(Query(one) for one in (counted, average(), quantile(0.5), quantile(0.95))),
                columns,
                largest_first="Value #D",
            ).span(16),
            shares(
                ID["distribution"],
                Words(
                    "Span distribution",
                    "Share of each kind in all spans of the time shown. Good: the usual mix; many "
                    "tool or llm spans are a loop.",
                    NO_SPANS,
                ),
                Query(f"sort_desc({counted} > 0)", "{{kind}}"),
                "short",
            ).height(9),
            *_over_time(failed),
        ),
    )


def _over_time(failed: str) -> tuple[timeseries.Panel, ...]:
    return (
        graph(
            ID["p50"],
            Words("P50 by stage", "Half of the spans were faster. Good: flat.", NO_SPANS),
            (Query(quantile(0.5), "{{kind}}"),),
            "ms",
        ).span(8),
        graph(
            ID["p95"],
            Words("P95 by stage", "95 % of the spans were faster. Good: flat.", NO_SPANS),
            (Query(quantile(0.95), "{{kind}}"),),
            "ms",
        ).span(8),
        graph(
            ID["average"],
            Words(
                "Average by stage",
                "Mean time of a span. Far above P50: a few are very slow.",
                NO_SPANS,
            ),
            (Query(average(), "{{kind}}"),),
            "ms",
        ).span(8),
        graph(
            ID["count"],
            Words("Count by stage", "Spans that end a second. Good: in step.", NO_SPANS),
            (Query(by_kind(CALLS), "{{kind}}"),),
            "suffix:/s",
            stacked=True,
        ),
        graph(
            ID["errors"],
            Words(
                "Failed spans by stage",
                "Share that ends with an error. Good: 0; the innermost stage that rises is the "
                "cause.",
                NO_SPANS,
            ),
            (Query(failed, "{{kind}}"),),
            "percentunit",
            links=(_TOOLS,),
        ),
    )
