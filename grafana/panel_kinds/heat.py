"""A heat map: how a histogram's values are spread over time."""

from grafana_foundation_sdk.builders import heatmap
from grafana_foundation_sdk.models import heatmap as mh

from grafana.panel_kinds.words import Words, dressed
from grafana.queries import Query, Shape

#: Seen beside oranges, and does not hide them.
_DOTS = "rgba(110, 159, 255, 0.6)"


def heat(panel_id: int, words: Words, query: Query, unit: str) -> heatmap.Panel:
    """Return the distribution of a classic histogram over time.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        query: the rate or increase of the buckets, summed by ``le`` alone.
        unit: of the histogram's values.
    """
    if query.legend != "{{le}}":
        raise ValueError(f"{words.title}: the legend of a heat map is {{{{le}}}}")
    panel = dressed(heatmap.Panel(), panel_id, words, (query,), shape=Shape.HEATMAP, unit="short")
    return (
        panel.calculate(False)  # noqa: FBT003 -- the SDK's switches are positional
        .color(
            heatmap.HeatmapColorOptions()
            .mode(mh.HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .steps(64)
        )
        .exemplars_color(_DOTS)
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .span(12)
        .height(9)
    )
