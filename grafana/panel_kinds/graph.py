# ruff: noqa: FBT003 -- the SDK's switches are positional
"""A graph over time."""

from collections.abc import Iterable, Mapping

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import dashboard as md

from grafana.links import Link
from grafana.panel_kinds.steps import Steps
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import LogQuery, Query, Shape

#: Up to here an axis goes at least: of nothing but zeros Grafana draws one up to 100, or 10000 %.
_LEAST = {"percentunit": 0.01, "percent": 1.0, "none": 1.0, "short": 1.0, "suffix:/s": 0.1}


def _steps(limit: float | None, floor: float | None) -> Steps:
    if limit is not None and floor is not None:
        raise ValueError("a graph has a limit or a floor")
    if floor is not None:
        return ((None, "red"), (floor, "green"))
    return ((None, "green"),) if limit is None else ((None, "green"), (limit, "red"))


def graph(
    panel_id: int,
    words: Words,
    queries: tuple[Query | LogQuery, ...],
    unit: str,
    *,
    limit: float | None = None,
    floor: float | None = None,
    stacked: bool = False,
    bars: bool = False,
    colors: Mapping[str, str] | None = None,
    links: Iterable[Link] = (),
) -> timeseries.Panel:
    """Return a graph over time.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        queries: what is drawn, A first.
        unit: Grafana's id of the unit of every value.
        limit: the value above which an alert fires, drawn as a dashed line.
        floor: the same for an alert that fires below it.
        stacked: whether the series add up to a whole that means something.
        bars: whether each point is a bar: counts of a time, rather than a course.
        colors: name of a series → its colour, where colours have a meaning.
        links: where a click on a point leads.
    """
    drawn = mc.GraphThresholdsStyleMode.DASHED
    if limit is None and floor is None:
        drawn = mc.GraphThresholdsStyleMode.OFF
    panel = dressed(
        timeseries.Panel(), panel_id, words, queries,
        shape=Shape.GRAPH, unit=unit, steps=_steps(limit, floor), links=links,
    )  # fmt: skip
    panel = (
        panel.min(0)
        .thresholds_style(cb.GraphThresholdsStyleConfig().mode(drawn))
        .fill_opacity(70 if bars else 20 if stacked else 8)
        .span(12)
        .height(9)
        .legend(
            cb.VizLegendOptions()
            .show_legend(True)
            .display_mode(mc.LegendDisplayMode.TABLE)
            .placement(mc.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "mean", "max"])
        )
        .tooltip(
            cb.VizTooltipOptions().mode(mc.TooltipDisplayMode.MULTI).sort(mc.SortOrder.DESCENDING)
        )
    )
    if unit in _LEAST:
        panel = panel.axis_soft_max(_LEAST[unit])
    if bars:
        panel = panel.draw_style(mc.GraphDrawStyle.BARS)
    if stacked:
        panel = panel.stacking(cb.StackingConfig().mode(mc.StackingMode.NORMAL))
    for name, color in (colors or {}).items():
        fixed = md.DynamicConfigValue(id_val="color", value={"fixedColor": color, "mode": "fixed"})
        panel = panel.override_by_name(name, [fixed])
    return panel
