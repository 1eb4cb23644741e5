"""What Kibana imports: a data view, the saved searches and a dashboard that shows them.

The formats are Kibana's own of the versions named below; newer Kibanas migrate them on import.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from elk.index_template import PATTERN
from elk.saved_searches import SEARCHES, SavedSearch

DATA_VIEW = "agent-logs"
DASHBOARD = "agent-logs-overview"
_INDEX_REF = "kibanaSavedObjectMeta.searchSourceJSON.index"
_FILTER_REF = "kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index"
#: Kibana's grid is 48 wide.
_WIDTH, _HEIGHT = 24, 15


def saved_objects(jaeger: str) -> list[dict[str, Any]]:
    """Return every object.

    Args:
        jaeger: address of Jaeger as people reach it; links to traces start with it.
    """
    return [_data_view(jaeger), *map(_search, SEARCHES), _dashboard()]


def ndjson(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return objects as Kibana's import takes them: one a line."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)


def _object(
    kind: str,
    key: str,
    version: str,
    attributes: Mapping[str, Any],
    references: Iterable[tuple[str, str, str]] = (),
) -> dict[str, Any]:
    return {
        "type": kind,
        "id": key,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": version,
        "attributes": dict(attributes),
        "references": [{"name": n, "type": t, "id": i} for n, t, i in references],
    }


def _data_view(jaeger: str) -> dict[str, Any]:
    link = {
        "id": "url",
        "params": {"urlTemplate": f"{jaeger}/trace/{{{{rawValue}}}}", "labelTemplate": "{{value}}"},
    }
    attributes = {
        "title": PATTERN,
        "name": "Agent logs",
        "timeFieldName": "timestamp",
        "fieldFormatMap": json.dumps({"trace_id": link}),
    }
    return _object("index-pattern", DATA_VIEW, "8.0.0", attributes)


def _search(search: SavedSearch) -> dict[str, Any]:
    condition = {
        "$state": {"store": "appState"},
        "meta": {
            "alias": search.title.partition(": ")[2],
            "disabled": False,
            "negate": False,
            "type": "custom",
            "key": "query",
            "indexRefName": _FILTER_REF,
        },
        "query": search.query,
    }
    source = {
        "query": {"language": "kuery", "query": ""},
        "filter": [condition],
        "indexRefName": _INDEX_REF,
    }
    attributes = {
        "title": search.title,
        "description": search.description,
        "columns": list(search.columns),
        "sort": [list(each) for each in search.sort],
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
    }
    references = [(name, "index-pattern", DATA_VIEW) for name in (_INDEX_REF, _FILTER_REF)]
    return _object("search", _search_id(search), "8.0.0", attributes, references)


def _dashboard() -> dict[str, Any]:
    panels, references = [], []
    for number, search in enumerate(SEARCHES):
        key = search.key
        place = {"x": number % 2 * _WIDTH, "y": number // 2 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
        panels.append({
            "type": "search",
            "panelIndex": key,
            "panelRefName": f"panel_{key}",
            "gridData": {**place, "i": key},
            "embeddableConfig": {},
        })  # fmt: skip
        references.append((f"{key}:panel_{key}", "search", _search_id(search)))
    empty = {"query": {"language": "kuery", "query": ""}, "filter": []}
    attributes = {
        "title": "Agent logs",
        "description": "The saved searches side by side; a trace_id opens the trace in Jaeger.",
        "panelsJSON": json.dumps(panels),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": "now-24h",
        "timeTo": "now",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(empty)},
    }
    return _object("dashboard", DASHBOARD, "8.9.0", attributes, references)


def _search_id(search: SavedSearch) -> str:
    return f"agent-logs-{search.key}"
