"""The part of LogQL that the table of faults uses, asked of JSON lines in files."""

import json
import re
from pathlib import Path
from typing import Any

_SELECTOR = re.compile(r"^\{([^}]*)\}(.*)$")
_MATCHER = re.compile(r'^(\w+)\s*(=~|=)\s*"([^"]*)"$')
_FILTER = re.compile(r'^(\w+)\s*(=~|=|>)\s*(?:"([^"]*)"|([\d.]+))$')


def records(folder: Path, request_ids: str = "") -> list[dict[str, Any]]:
    """Return every record of the shipped files, in order of their lines.

    Args:
        folder: where the files are.
        request_ids: only records of requests whose id starts so, and records of no request.
    """
    lines = [
        line
        for file in sorted([*folder.glob("app-*.jsonl"), *folder.glob("audit*.jsonl")])
        for line in file.read_text("utf-8").split("\n")[:-1]
    ]
    found = [json.loads(line) for line in lines]
    return [each for each in found if each.get("request_id", request_ids).startswith(request_ids)]


def matching(found: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    """Return the records that a query selects.

    Raises:
        ValueError: the query uses more of LogQL than is known here.
    """
    parsed = _SELECTOR.match(query)
    if parsed is None:
        raise ValueError(query)
    tests = [_parsed(_MATCHER, part) for part in parsed[1].split(",")]
    tests += [_parsed(_FILTER, part) for part in parsed[2].split("|") if part.strip()]
    return [record for record in found if all(_holds(record, *test) for test in tests)]


def _parsed(pattern: "re.Pattern[str]", part: str) -> tuple[str, str, str]:
    match = pattern.match(part.strip())
    if match is None:
        raise ValueError(part)
    name, operator, *values = match.groups()
    return name, operator, next(value for value in values if value is not None)


def _holds(record: dict[str, Any], name: str, operator: str, wanted: str) -> bool:
    value = record.get("service" if name == "service_name" else name)
    if value is None:
        return False
    if operator == ">":
        return float(value) > float(wanted)
    if operator == "=~":
        return re.fullmatch(wanted, str(value)) is not None
    return str(value) == wanted
