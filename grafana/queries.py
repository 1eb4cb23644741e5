"""What a panel asks, of which data source: PromQL, LogQL, or a search for traces."""

from dataclasses import dataclass
from enum import Enum

from grafana_foundation_sdk.builders import loki, prometheus
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.data_sources import JAEGER, LOKI, PROMETHEUS


class Shape(Enum):
    """In which form a panel needs its data."""

    GRAPH = "graph"
    NOW = "now"
    TABLE = "table"
    HEATMAP = "heatmap"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query of a panel and the legend of its series.

    Attributes:
        expr: PromQL.
        legend: how a series is called, such as ``{{model}}``; empty is all its labels.
        exemplars: whether single requests are drawn as dots that lead to their traces. Only what
            reads a histogram itself has them: recorded series have none.
    """

    expr: str
    legend: str = ""
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class LogQuery:
    """One LogQL query of a panel: lines, or a number counted from them.

    Attributes:
        expr: LogQL.
        legend: how a series is called.
        max_lines: most lines that are read, the newest first.
    """

    expr: str
    legend: str = ""
    max_lines: int = 200


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """A search for the latest traces in Jaeger; each row opens its trace.

    Attributes:
        service: of which service; Jaeger searches one, so the variable is `traced_service`.
        operation: name of a span that the trace has, or empty.
        longer_than: such as ``500ms``, or empty.
        tags: in logfmt, such as ``error=true``, or empty.
        limit: most traces.
    """

    service: str = "$traced_service"
    operation: str = ""
    longer_than: str = ""
    tags: str = ""
    limit: int = 20


AnyQuery = Query | LogQuery | TraceQuery


class _JaegerSearch(variants.Dataquery, cog.Builder[variants.Dataquery]):
    """Jaeger's search, for which the SDK has no query."""

    def __init__(self, ref_id: str, query: TraceQuery) -> None:
        self.payload = {
            "datasource": JAEGER,
            "limit": query.limit,
            "maxDuration": "",
            "minDuration": query.longer_than,
            "operation": query.operation,
            "queryType": "search",
            "refId": ref_id,
            "service": query.service,
            "tags": query.tags,
        }

    def build(self) -> variants.Dataquery:
        return self

    def to_json(self) -> dict[str, object]:
        return {key: value for key, value in self.payload.items() if value != ""}


def source(query: AnyQuery) -> mc.DataSourceRef:
    """Return the data source that answers a query."""
    if isinstance(query, TraceQuery):
        return JAEGER
    return LOKI if isinstance(query, LogQuery) else PROMETHEUS


def target(query: AnyQuery, ref_id: str, shape: Shape) -> cog.Builder[variants.Dataquery]:
    """Return a query in the SDK's form."""
    if isinstance(query, TraceQuery):
        return _JaegerSearch(ref_id, query)
    if isinstance(query, LogQuery):
        lines = loki.Dataquery().ref_id(ref_id).expr(query.expr).datasource(LOKI)
        lines = lines.max_lines(query.max_lines)
        lines = lines.query_type("instant" if shape is Shape.NOW else "range")
        return lines.legend_format(query.legend) if query.legend else lines
    asked = prometheus.Dataquery().ref_id(ref_id).expr(query.expr).datasource(PROMETHEUS)
    asked = asked.legend_format(query.legend or "__auto")
    if shape is Shape.TABLE:
        return asked.instant().format(PromQueryFormat.TABLE)
    if shape is Shape.NOW:
        return asked.instant()
    if shape is Shape.HEATMAP:
        return asked.range().format(PromQueryFormat.HEATMAP).exemplar(query.exemplars)
    return asked.range().exemplar(query.exemplars)
