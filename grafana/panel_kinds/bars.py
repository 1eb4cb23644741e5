"""Bars: a ranking of now."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import bargauge
from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.models import common as mc

from grafana.links import Link
from grafana.panel_kinds.steps import NEUTRAL, Steps
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import LogQuery, Query, Shape


def bars(
    panel_id: int,
    words: Words,
    query: Query | LogQuery,
    unit: str,
    *,
    steps: Steps = NEUTRAL,
    links: Iterable[Link] = (),
) -> bargauge.Panel:
    """Return a bar for each series, in the order of the query (``sort_desc`` for a ranking)."""
    panel = dressed(
        bargauge.Panel(), panel_id, words, (query,),
        shape=Shape.NOW, unit=unit, steps=steps, links=links,
    )  # fmt: skip
    return (
        panel.min(0)
        .orientation(mc.VizOrientation.HORIZONTAL)
        .display_mode(mc.BarGaugeDisplayMode.BASIC)
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(8)
        .height(9)
    )
