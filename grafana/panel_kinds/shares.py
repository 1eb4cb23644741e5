# ruff: noqa: FBT003 -- the SDK's switches are positional
"""A pie: what the parts of a whole are."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import piechart
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import piechart as mp

from grafana.links import Link
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import LogQuery, Query, Shape


def shares(
    panel_id: int,
    words: Words,
    query: Query | LogQuery,
    unit: str,
    *,
    links: Iterable[Link] = (),
) -> piechart.Panel:
    """Return the share of each series in their sum, largest first."""
    panel = dressed(
        piechart.Panel(), panel_id, words, (query,), shape=Shape.NOW, unit=unit, links=links
    )
    return (
        panel.pie_type(mp.PieChartType.DONUT)
        .display_labels([mp.PieChartLabels.PERCENT])
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .legend(
            piechart.PieChartLegendOptions()
            .show_legend(True)
            .display_mode(mc.LegendDisplayMode.TABLE)
            .placement(mc.LegendPlacement.RIGHT)
            .values([mp.PieChartLegendValues.VALUE, mp.PieChartLegendValues.PERCENT])
        )
        .span(8)
        .height(9)
    )
