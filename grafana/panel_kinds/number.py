"""A single number of now."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common as mc

from grafana.links import Link
from grafana.panel_kinds.steps import NEUTRAL, Steps
from grafana.panel_kinds.texts import Texts, value_map
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import LogQuery, Query, Shape


def number(
    panel_id: int,
    words: Words,
    query: Query | LogQuery,
    unit: str,
    *,
    steps: Steps = NEUTRAL,
    texts: Texts | None = None,
    links: Iterable[Link] = (),
) -> stat.Panel:
    """Return a single number of now, coloured by its thresholds.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        query: what gives one value.
        unit: Grafana's id of its unit.
        steps: from which value on it has which colour.
        texts: a value → the text and the colour shown instead of it, such as 0 → DOWN.
        links: where a click on it leads.
    """
    panel = dressed(
        stat.Panel(), panel_id, words, (query,),
        shape=Shape.NOW, unit=unit, steps=steps, links=links,
    )  # fmt: skip
    if texts:
        panel = panel.mappings([value_map(texts)])
    return (
        panel.color_mode(mc.BigValueColorMode.BACKGROUND)
        .graph_mode(mc.BigValueGraphMode.NONE)
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(6)
        .height(4)
    )
