"""A gauge: one value between its ends."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common as cb
from grafana_foundation_sdk.builders import gauge

from grafana.links import Link
from grafana.panel_kinds.steps import Steps
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import Query, Shape


def dial(
    panel_id: int,
    words: Words,
    query: Query,
    *,
    steps: Steps,
    percent: bool = False,
    links: Iterable[Link] = (),
) -> gauge.Panel:
    """Return a gauge, shown in percent.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        query: what gives one value.
        steps: from which value on it has which colour.
        percent: whether the value is 0 to 100; a ratio from 0 to 1 otherwise.
        links: where a click on it leads.
    """
    panel = dressed(
        gauge.Panel(), panel_id, words, (query,), shape=Shape.NOW,
        unit="percent" if percent else "percentunit", steps=steps, links=links,
    )  # fmt: skip
    return (
        panel.min(0)
        .max(100 if percent else 1)
        .reduce_options(cb.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(6)
        .height(4)
    )
