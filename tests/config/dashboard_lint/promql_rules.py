"""Rules about PromQL: it can be read, asks for rates of counters, and over a time that is said."""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser as pp

from agent_telemetry.catalogue import FAMILIES
from tests.config.dashboard_files import panels_of, promql
from tests.config.dashboard_lint.rule import Dashboard, rule
from tests.rules.known_series import known

#: Other words for a time than 5 m, 1 h, 24 h, 7 d.
_WORDS = {"1h": "last hour", "1d": "24 h", "24h": "1 d", "7d": "(7|seven) days"}
_NARROWED = re.compile(r'service(?:_name)?=~"\$service"')
#: Panels that look beyond the chosen service on purpose: uid → titles.
BEYOND_THE_SERVICE: dict[str, set[str]] = {
    "pipeline-stages": {"Spans by service"},  # which services there are
}


def prometheus_targets(dashboard: Dashboard) -> Iterator[tuple[dict, dict]]:
    """Yield each panel with each of its PromQL queries."""
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "prometheus":
                yield panel, target


def faults_of(expr: str) -> Iterator[str]:
    """Yield why an expression is no PromQL."""
    try:
        pp.parse(promql(expr))
    except ValueError as error:
        yield f"{error}: {expr}"


def _selectors(node: Any, *, ranged: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield each metric below a node, and whether it is read over a range."""
    if isinstance(node, pp.VectorSelector):
        yield node.name, ranged
        return
    if isinstance(node, pp.MatrixSelector):
        yield from _selectors(node.vector_selector, ranged=True)
        return
    children = [getattr(node, name, None) for name in ("expr", "lhs", "rhs")]
    for child in [*children, *(getattr(node, "args", None) or [])]:
        if child is not None:
            yield from _selectors(child, ranged=ranged or isinstance(node, pp.SubqueryExpr))


def _counters() -> set[str]:
    counted = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
    return {
        name
        for family in FAMILIES.values()
        for name in family.sample_names()
        if name.endswith(counted.get(family.type, ("_count", "_sum", "_total")))
        and family.type != "gauge"
    }


@rule
def target_promql(dashboard: Dashboard) -> Iterator[str]:
    """Every query is PromQL."""
    for panel, target in prometheus_targets(dashboard):
        yield from (f"{panel['title']}: {fault}" for fault in faults_of(target["expr"]))


@rule
def target_rate_interval(dashboard: Dashboard) -> Iterator[str]:
    """A time that is not Grafana's is said in the title or the description: 5 m, 1 h, 24 h."""
    for panel, target in prometheus_targets(dashboard):
        fixed = set(re.findall(r"\[(\d+[smhd])[\]:]", target["expr"]))
        recorded = set(re.findall(r":[a-z_]*?\d*?[a-z_]*?(\d+[smhd])(?=[{ )]|$)", target["expr"]))
        for window in sorted(fixed | recorded):
            spoken = rf"\b{window[:-1]} ?{window[-1]}\b|{_WORDS.get(window, '^$')}"
            legend = target.get("legendFormat", "")
            if not re.search(spoken, f"{panel['title']} {panel['description']} {legend}"):
                yield f"{panel['title']}: looks back over {window} and does not say so"


@rule
def target_counter_agg(dashboard: Dashboard) -> Iterator[str]:
    """A counter is read over a range, as a rate or an increase: its value means nothing."""
    counters = _counters()
    for panel, target in prometheus_targets(dashboard):
        for metric, ranged in _selectors(pp.parse(promql(target["expr"]))):
            if metric in counters and not ranged:
                yield f"{panel['title']}: {metric} is a counter and read as a number"


@rule
def target_service(dashboard: Dashboard) -> Iterator[str]:
    """Where a service can be chosen, every series is of the chosen one."""
    if "service" not in {one["name"] for one in dashboard["templating"]["list"]}:
        return
    beyond = BEYOND_THE_SERVICE.get(dashboard["uid"], set())
    for panel, target in prometheus_targets(dashboard):
        whole = {name for name, labels in known().items() if "service" not in labels}
        selectors = re.findall(r"\b[A-Za-z_][\w:]*\{[^}]*\}", target["expr"])
        read = [name for name, _ in _selectors(pp.parse(promql(target["expr"])))]
        wanted = [name for name in read if name not in whole]
        narrowed = [one for one in selectors if _NARROWED.search(one)]
        if panel["title"] not in beyond and len(narrowed) < len(wanted):
            yield f"{panel['title']}: {target['refId']} is not narrowed by $service"


@rule
def target_shape(dashboard: Dashboard) -> Iterator[str]:
    """Numbers and tables ask for now, graphs for a range; a table gets a table."""
    now = {"stat", "gauge", "bargauge", "piechart", "table"}
    for panel, target in prometheus_targets(dashboard):
        if bool(target.get("instant")) is not (panel["type"] in now):
            yield f"{panel['title']}: asks for a range where it shows now, or the reverse"
        if (target.get("format") == "table") is not (panel["type"] == "table"):
            yield f"{panel['title']}: the form of its data is not what it shows"
        if panel["type"] == "heatmap" and target.get("format") != "heatmap":
            yield f"{panel['title']}: a heat map needs the form of one"
