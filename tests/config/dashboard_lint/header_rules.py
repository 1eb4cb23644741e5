"""Rules about a dashboard as a whole: settings, variables, annotations."""

import json
import re
from collections.abc import Iterator

from tests.config.dashboard_files import promql_of
from tests.config.dashboard_lint.promql_rules import faults_of
from tests.config.dashboard_lint.rule import Dashboard, rule

#: Variables that Grafana has itself, besides those that begin with `__`.
_BUILT_IN = {"from", "to"}


def variables(dashboard: Dashboard) -> dict[str, dict]:
    """Return the variables by their name."""
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def used(text: str) -> set[str]:
    """Return the names of the variables in a text."""
    found = re.findall(r"\$(?:(\w+)|\{(\w+)(?:[:.\[][^}]*)?\})", text)
    names = {one or other for one, other in found}
    return {name for name in names if not name.startswith("__") and not name.isdigit()} - _BUILT_IN


@rule
def uneditable_dashboard(dashboard: Dashboard) -> Iterator[str]:
    """A change in the browser would be lost at the next start."""
    if dashboard["editable"] is not False:
        yield "can be edited in the browser"


@rule
def settings(dashboard: Dashboard) -> Iterator[str]:
    """Classic format, shared cross-hair, refresh, a tag to be found by, a question to answer."""
    if not isinstance(dashboard.get("schemaVersion"), int) or "apiVersion" in dashboard:
        yield "is not in the classic format, which file provisioning loads"
    if dashboard["graphTooltip"] != 1:
        yield "has no shared cross-hair"
    if not re.fullmatch(r"\d+[smh]", dashboard.get("refresh", "")):
        yield "does not refresh"
    if "agent" not in dashboard["tags"]:
        yield "lacks the tag by which the drop-down finds it"
    if not re.search(r"[.?]$", dashboard["description"]):
        yield "does not say which question it answers"
    if dashboard["uid"] != dashboard["title"].lower().replace(" ", "-"):
        yield "has a uid that is not the slug of its title"


@rule
def template_datasource(dashboard: Dashboard) -> Iterator[str]:
    """Data sources are chosen at the top, each by a variable named after its kind."""
    for one in dashboard["templating"]["list"]:
        if one["type"] != "datasource":
            continue
        kind = one["query"]
        wanted = (f"{kind}_datasource", f"{kind.capitalize()} data source", kind)
        if (one["name"], one["label"], one["current"]["value"]) != wanted:
            yield f"the variable of {kind} is not {wanted}"


@rule
def service_variable(dashboard: Dashboard) -> Iterator[str]:
    """Who is watched can be chosen: several or all."""
    one = variables(dashboard).get("service")
    if one and not (one["multi"] and one["includeAll"] and one["allValue"] == ".+"):
        yield "`service` must offer several and all, as `.+`: Loki takes no empty match"


@rule
def template_label_promql(dashboard: Dashboard) -> Iterator[str]:
    """A variable asks for the values of a label, of series that can be selected."""
    for one in dashboard["templating"]["list"]:
        if one["type"] != "query" or one["datasource"]["type"] != "prometheus":
            continue
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"])
        if not found:
            yield f"{one['name']}: is no label_values(series, label)"
    for place, expr in promql_of(dashboard):
        if " variable " in place:
            yield from (f"{place}: {fault}" for fault in faults_of(expr))


@rule
def template_on_time_change_reload(dashboard: Dashboard) -> Iterator[str]:
    """Another time has other tenants."""
    for one in dashboard["templating"]["list"]:
        if one["type"] == "query" and one["refresh"] != 2:
            yield f"{one['name']}: is not asked again when the time changes"


@rule
def variables_explain_themselves(dashboard: Dashboard) -> Iterator[str]:
    """A label and a description; a choice that offers all has a value for it."""
    for one in dashboard["templating"]["list"]:
        if not one.get("label") or not re.search(r"\.$", one.get("description") or ""):
            yield f"{one['name']}: has no label or no description"
        if one.get("includeAll") and not one.get("allValue"):
            yield f"{one['name']}: names every value when all are chosen"


@rule
def variables_are_there_and_used(dashboard: Dashboard) -> Iterator[str]:
    """No choice does nothing, and no query asks for one that is not there."""
    names = set(variables(dashboard))
    panels = used(json.dumps(dashboard["panels"]))
    header = {
        name
        for one in dashboard["templating"]["list"]
        for name in used(json.dumps([one.get("query"), one.get("datasource")])) - {one["name"]}
    }
    header |= used(json.dumps([dashboard["annotations"], dashboard["links"]]))
    for name in sorted((panels | header) - names):
        yield f"uses ${name}, which is no variable of it"
    for name in sorted(names - (panels | header)):
        yield f"the variable {name} does nothing"


def _marked(expr: str) -> str:
    """Return what a mark is about: the severity of alerts, or starts."""
    if "process_start_time_seconds" in expr:
        return "starts"
    found = re.search(r'^ALERTS\{alertstate="firing", severity="(\w+)"', expr)
    return found[1] if found else expr


@rule
def annotations(dashboard: Dashboard) -> Iterator[str]:
    """Firing alerts and starts are marked, at a step that does not flood; warnings if asked for."""
    marks = dashboard["annotations"]["list"]
    shown = {_marked(one["expr"]): one["enable"] for one in marks}
    if shown != {"critical": True, "warning": False, "starts": True}:
        yield "does not mark alerts that page and starts, and warnings if asked for"
    for one in marks:
        if not one.get("step"):
            yield f"{one['name']}: has no step"
        yield from (f"{one['name']}: {fault}" for fault in faults_of(one["expr"]))
        if "placement" in one:
            yield f"{one['name']}: has been moved into a menu"
