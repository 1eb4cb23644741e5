# ruff: noqa: FBT003 -- the SDK's switches are positional
"""A table: one row a thing, such as a tenant, a request or a trace."""

from collections.abc import Iterable
from dataclasses import dataclass

from grafana_foundation_sdk.builders import table as table_builder
from grafana_foundation_sdk.models import dashboard as md

from grafana.links import Link
from grafana.panel_kinds.steps import Steps, thresholds
from grafana.panel_kinds.texts import Texts, value_map
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import AnyQuery, LogQuery, Shape, TraceQuery

#: What stands in a cell without a value. The panel's own text for no data is about the whole table,
#: and the lowest colour of a number would say that the missing one is bad, or good.
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        field: the label, or field of a log line, that it shows. A number of PromQL is ``Value``,
            with several queries ``Value #A``, ``Value #B``, …
        title: its heading.
        unit: Grafana's id of its unit, for numbers.
        steps: from which value on a number has which colour.
        links: where a click leads.
        width: in pixels; 0 is what is left.
        texts: a value → the text and the colour shown instead of it.
    """

    field: str
    title: str
    unit: str = ""
    steps: Steps = ()
    links: tuple[Link, ...] = ()
    width: int = 0
    texts: Texts | None = None


def table(
    panel_id: int,
    words: Words,
    queries: tuple[AnyQuery, ...],
    columns: tuple[Column, ...],
    *,
    largest_first: str = "",
    rows: int = 0,
) -> table_builder.Panel:
    """Return a table.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        queries: PromQL, whose rows are joined by their labels; or one of log lines, each of which
            is a row; or one of traces.
        columns: what is shown of them, in this order; nothing else is.
        largest_first: field that the rows are ordered by; as they come if it is empty.
        rows: most rows that are shown, 0 for all.
    """
    panel = dressed(table_builder.Panel(), panel_id, words, queries, shape=Shape.TABLE)
    for one in _transformations(queries, columns, largest_first, rows):
        panel = panel.with_transformation(one)
    panel = panel.override_by_regexp(
        ".*",
        [
            md.DynamicConfigValue(id_val="noValue", value=_NOTHING),
            md.DynamicConfigValue(id_val="mappings", value=_mappings({})),
        ],
    )
    for column in columns:
        panel = panel.override_by_name(column.title, _properties(column))
    return panel.show_header(True).span(24).height(9)


def _step(name: str, options: dict[str, object]) -> md.DataTransformerConfig:
    return md.DataTransformerConfig(id_val=name, options=options)


def _transformations(
    queries: tuple[AnyQuery, ...], columns: tuple[Column, ...], largest_first: str, rows: int
) -> Iterable[md.DataTransformerConfig]:
    if isinstance(queries[0], TraceQuery):
        return  # Jaeger's own rows have links that a transformation would take away
    if isinstance(queries[0], LogQuery):
        yield _step("extractFields", {"source": "labels", "format": "json", "keepTime": False})
        numbers = [
            {"targetField": column.field, "destinationType": "number"}
            for column in columns
            if column.unit and not column.unit.startswith("dateTime")
        ]
        yield _step("convertFieldType", {"fields": {}, "conversions": numbers})
    if len(queries) > 1:
        yield _step("merge", {})
    if largest_first:
        yield _step("sortBy", {"fields": {}, "sort": [{"field": largest_first, "desc": True}]})
    if rows:
        yield _step("limit", {"limitField": rows})
    names = [column.field for column in columns]
    yield _step("filterFieldsByName", {"include": {"names": names}})
    yield _step(
        "organize",
        {
            "excludeByName": {},
            "indexByName": {name: index for index, name in enumerate(names)},
            "renameByName": {column.field: column.title for column in columns},
        },
    )


def _properties(column: Column) -> list[md.DynamicConfigValue]:
    wanted: dict[str, object] = {}
    if column.unit:
        wanted["unit"] = column.unit
    if column.steps:
        made = thresholds(column.steps).build()
        wanted["thresholds"] = made
        wanted["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    if column.links:
        wanted["links"] = [link.plain() for link in column.links]
    if column.texts:
        wanted["mappings"] = _mappings(column.texts)
    if column.width:
        wanted["custom.width"] = column.width
    return [md.DynamicConfigValue(id_val=key, value=value) for key, value in wanted.items()]


def _mappings(texts: Texts) -> list[md.ValueMap | md.SpecialValueMap]:
    """Return the texts instead of values, and the one for a missing value, without a colour."""
    missing = md.ValueMappingResult(text=_NOTHING, color="transparent", index=len(texts))
    nothing = [
        md.SpecialValueMap(options=md.DashboardSpecialValueMapOptions(match=match, result=missing))
        for match in (md.SpecialValueMatch.NULL_AND_NAN, md.SpecialValueMatch.EMPTY)
    ]
    return [*([value_map(texts)] if texts else []), *nothing]
