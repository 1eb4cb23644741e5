"""The index template of the log records, made from the library's own table of fields.

``dynamic: false``: a field that is not in the table is stored and shown, but makes no new mapping,
so that no record can blow the mapping up or be refused for a type that an earlier one had.
"""

from typing import Any

from agent_telemetry.logs.record import FIELDS

NAME = "agent-logs"
PATTERN = f"{NAME}-*"
#: A template of Elastic's own for logs-*-* has 100.
_PRIORITY = 200
_NUMBERS = {
    "line": "long",
    "tokens_input": "long",
    "tokens_output": "long",
    "duration_seconds": "double",
    "cost_usd": "double",
}
#: Longest value that is indexed; a longer one is stored and shown all the same.
_LONGEST = 1024
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST}
_OTHERS: dict[str, dict[str, Any]] = {
    "timestamp": {"type": "date", "ignore_malformed": True},
    "message": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
    "exception": {
        "dynamic": False,
        "properties": {
            "type": _KEYWORD,
            "message": {"type": "text"},
            "traceback": {"type": "text", "index": False},
        },
    },
    # Whatever the caller gave: kept as it is, never looked into.
    "extra": {"type": "object", "enabled": False},
}


def properties() -> dict[str, dict[str, Any]]:
    """Return the mapping of every field of the record contract."""
    return {field: _mapping(field) for field in FIELDS}


def index_template() -> dict[str, Any]:
    """Return the template: ``index_patterns``, ``priority`` and ``template``."""
    return {
        "index_patterns": [PATTERN],
        "priority": _PRIORITY,
        "template": {
            "settings": {
                "number_of_shards": 1,
                "number_of_replicas": 0,  # one node: a replica would have nowhere to be
                "refresh_interval": "5s",
                # A number where a text was meant, or a text where a number: the field is left
                # out of the index, the record stays.
                "index.mapping.ignore_malformed": True,
                "index.mapping.total_fields.limit": 200,
            },
            "mappings": {"dynamic": False, "properties": properties()},
        },
    }


def _mapping(field: str) -> dict[str, Any]:
    if field in _OTHERS:
        return _OTHERS[field]
    return {"type": _NUMBERS[field]} if field in _NUMBERS else _KEYWORD
