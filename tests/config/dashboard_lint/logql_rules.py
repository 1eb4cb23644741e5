"""Rules about LogQL: it selects a service, counts per interval, and asks for fields that exist.

There is no parser of LogQL for Python: that Loki takes a query is checked on the running stack.
"""

import re
from collections.abc import Iterator

from agent_telemetry.logs.record import FIELDS
from tests.config.dashboard_files import panels_of
from tests.config.dashboard_lint.rule import Dashboard, rule

#: What the collector makes of a record beside its own fields.
_MADE = {"service_name", "detected_level", "exception_type", "exception_message",
         "exception_traceback", "reason"}  # fmt: skip
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


def loki_targets(dashboard: Dashboard) -> Iterator[tuple[dict, dict]]:
    """Yield each panel with each of its LogQL queries."""
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "loki":
                yield panel, target


def fields_of(expr: str) -> set[str]:
    """Return the labels and fields that an expression filters, groups or unwraps by."""
    bare = _TEXT.sub('""', expr)
    filtered = re.findall(r"(?:\{|,|\||\band\b|\bor\b)\s*(\w+)\s*(?:=~|!=|!~|>=|<=|=|>|<)", bare)
    grouped = re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", bare)
    unwrapped = re.findall(r"\bunwrap\s+(\w+)", bare)
    return {
        *filtered, *unwrapped, *(n.strip() for one in grouped for n in one.split(",") if n.strip())
    }  # fmt: skip


@rule
def target_logql(dashboard: Dashboard) -> Iterator[str]:
    """A query selects by a service, its brackets are closed, its fields are those of a record."""
    for panel, target in loki_targets(dashboard):
        bare = _TEXT.sub('""', target["expr"])
        if any(bare.count(one) != bare.count(other) for one, other in ("{}", "()", "[]")):
            yield f"{panel['title']}: a bracket is not closed"
        if 'service_name=~"$service"' not in target["expr"]:
            yield f"{panel['title']}: is not narrowed by $service"
        for field in sorted(fields_of(target["expr"]) - set(FIELDS) - _MADE):
            if not field.startswith("extra_"):
                yield f"{panel['title']}: no record has a field {field}"


@rule
def target_logql_auto(dashboard: Dashboard) -> Iterator[str]:
    """Lines are counted in Grafana's interval, or over a time that the title says."""
    for panel, target in loki_targets(dashboard):
        for window in re.findall(r"\[([^\]]+)\]", _TEXT.sub('""', target["expr"])):
            spoken = re.sub(r"(\d+)([smhd])", r"\1 \2", window)
            said = window == "$__range" or spoken in f"{panel['title']} {panel['description']}"
            if target.get("queryType") == "range" and window != "$__auto":
                yield f"{panel['title']}: counts over {window} instead of $__auto"
            elif target.get("queryType") == "instant" and not said:
                yield f"{panel['title']}: counts over {window} and does not say so"
