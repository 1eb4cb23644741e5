"""What a panel says about itself, and the parts that every kind of panel has."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    gauge,
    heatmap,
    logs,
    piechart,
    stat,
    statetimeline,
    table,
    timeseries,
)

from grafana.links import Link
from grafana.panel_kinds.steps import Steps, thresholds
from grafana.queries import AnyQuery, Shape, source, target

Builder = TypeVar(
    "Builder",
    stat.Panel,
    statetimeline.Panel,
    gauge.Panel,
    timeseries.Panel,
    table.Panel,
    bargauge.Panel,
    piechart.Panel,
    heatmap.Panel,
    logs.Panel,
)
_REF_IDS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Words:
    """What a panel says about itself.

    Attributes:
        title: a noun phrase, no other panel of the dashboard has it.
        description: what is shown and what is good, in sentences.
        no_value: what stands there while there is no data, and why.
    """

    title: str
    description: str
    no_value: str


def dressed(
    panel: Builder,
    panel_id: int,
    words: Words,
    queries: tuple[AnyQuery, ...],
    *,
    shape: Shape,
    unit: str = "none",
    steps: Steps = ((None, "green"),),
    links: Iterable[Link] = (),
) -> Builder:
    """Give a panel its id, words, queries, unit, thresholds and links.

    Raises:
        ValueError: if there is no query, too many of them, or they ask different data sources.
    """
    if not queries or len(queries) > len(_REF_IDS):
        raise ValueError(f"{words.title}: 1 to {len(_REF_IDS)} queries")
    if len({source(query).uid for query in queries}) > 1:
        raise ValueError(f"{words.title}: all queries of a panel ask one data source")
    panel = (
        panel.id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .datasource(source(queries[0]))
        .unit(unit)
        .thresholds(thresholds(steps))
        .data_links([link.builder() for link in links])
    )
    for ref_id, query in zip(_REF_IDS, queries, strict=False):
        panel = panel.with_target(target(query, ref_id, shape))
    return panel
