# ruff: noqa: FBT003 -- the SDK's switches are positional
"""The kinds of panel that the dashboards are made of, each with the defaults of this project.

The SDK leaves out what a provisioned dashboard needs (ids of panels, reference ids of queries, the
legend), so every panel is made here.
"""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.builders import gauge, logs, loki, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import dashboard as md

PROMETHEUS = mc.DataSourceRef(uid="${prometheus_datasource}", type_val="prometheus")
LOKI = mc.DataSourceRef(uid="${loki_datasource}", type_val="loki")
_REF_IDS = "ABCDEFGH"
#: From this value on a colour: the first step has no lower end.
Steps = tuple[tuple[float | None, str], ...]
NEUTRAL: Steps = ((None, "blue"),)


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query of a panel and the legend of its series."""

    expr: str
    legend: str = ""
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a panel says about itself.

    Attributes:
        title: a noun phrase.
        description: what is shown and what is good.
        no_value: what stands there while there is no data, and why.
    """

    title: str
    description: str
    no_value: str


def _thresholds(steps: Steps) -> db.ThresholdsConfig:
    made = [md.Threshold(value=value, color=color) for value, color in steps]
    return db.ThresholdsConfig().mode(md.ThresholdsMode.ABSOLUTE).steps(made)


def _target(query: Query, ref_id: str, *, instant: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(ref_id).expr(query.expr).datasource(PROMETHEUS)
    target = target.legend_format(query.legend or "__auto")
    if instant:
        return target.instant()
    return target.range().exemplar(query.exemplars)


def number(
    panel_id: int, words: Words, query: Query, unit: str, *, steps: Steps = NEUTRAL
) -> stat.Panel:
    """Return a single number of now, coloured by its thresholds."""
    return (
        stat.Panel()
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .datasource(PROMETHEUS)
        .unit(unit)
        .thresholds(_thresholds(steps))
        .color_mode(mc.BigValueColorMode.BACKGROUND)
        .graph_mode(mc.BigValueGraphMode.NONE)
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(3)
        .height(5)
        .with_target(_target(query, "A", instant=True))
    )


def dial(panel_id: int, words: Words, query: Query, *, steps: Steps) -> gauge.Panel:
    """Return a gauge for a ratio from 0 to 1, shown in percent."""
    return (
        gauge.Panel()
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .datasource(PROMETHEUS)
        .unit("percentunit")
        .min(0)
        .max(1)
        .thresholds(_thresholds(steps))
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(3)
        .height(5)
        .with_target(_target(query, "A", instant=True))
    )


def graph(
    panel_id: int,
    words: Words,
    queries: tuple[Query, ...],
    unit: str,
    *,
    limit: float | None = None,
    stacked: bool = False,
) -> timeseries.Panel:
    """Return a graph over time.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        queries: what is drawn, A first.
        unit: Grafana's id of the unit of every value.
        limit: threshold of the alert that watches it, drawn as a dashed line.
        stacked: whether the series add up to a whole that means something.
    """
    steps: Steps = ((None, "green"),) if limit is None else ((None, "green"), (limit, "red"))
    style = mc.GraphThresholdsStyleMode.OFF if limit is None else mc.GraphThresholdsStyleMode.DASHED
    panel = (
        timeseries.Panel()
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .datasource(PROMETHEUS)
        .unit(unit)
        .min(0)
        .thresholds(_thresholds(steps))
        .thresholds_style(cb.GraphThresholdsStyleConfig().mode(style))
        .fill_opacity(20 if stacked else 8)
        .span(12)
        .height(8)
        .legend(
            cb.VizLegendOptions()
            .show_legend(True)
            .display_mode(mc.LegendDisplayMode.TABLE)
            .placement(mc.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(
            cb.VizTooltipOptions().mode(mc.TooltipDisplayMode.MULTI).sort(mc.SortOrder.DESCENDING)
        )
    )
    if stacked:
        panel = panel.stacking(cb.StackingConfig().mode(mc.StackingMode.NORMAL))
    for ref_id, query in zip(_REF_IDS, queries, strict=False):
        panel = panel.with_target(_target(query, ref_id, instant=False))
    return panel


def log_lines(panel_id: int, words: Words, expr: str) -> logs.Panel:
    """Return the log lines that a LogQL query finds, the newest first."""
    return (
        logs.Panel()
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .unit("none")
        .datasource(LOKI)
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(mc.LogsSortOrder.DESCENDING)
        .span(24)
        .height(9)
        .with_target(loki.Dataquery().ref_id("A").expr(expr).datasource(LOKI).max_lines(200))
    )
