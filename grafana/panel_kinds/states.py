"""A line of time for each thing: in which of a few states it was, and when it changed."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import statetimeline
from grafana_foundation_sdk.models import common as mc

from grafana.links import Link
from grafana.panel_kinds.texts import Texts, value_map
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import Query, Shape


def states(
    panel_id: int,
    words: Words,
    queries: tuple[Query, ...],
    texts: Texts,
    *,
    links: Iterable[Link] = (),
) -> statetimeline.Panel:
    """Return the states of each series over time.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        queries: whose values are few, each of them a state.
        texts: a value → the name and the colour of its state.
        links: where a click on it leads.
    """
    panel = dressed(statetimeline.Panel(), panel_id, words, queries, shape=Shape.GRAPH, links=links)
    return (
        panel.mappings([value_map(texts)])
        .merge_values(True)  # noqa: FBT003 -- the SDK's switches are positional
        .show_value(mc.VisibilityMode.NEVER)
        .row_height(0.8)
        .legend(
            cb.VizLegendOptions()
            .show_legend(True)  # noqa: FBT003
            .display_mode(mc.LegendDisplayMode.LIST)
            .placement(mc.LegendPlacement.BOTTOM)
        )
        .span(24)
        .height(7)
    )
