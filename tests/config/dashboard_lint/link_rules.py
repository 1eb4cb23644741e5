"""Rules about links: each leads to something that exists and takes time and variables along."""

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from tests.config.dashboard_files import dashboards, panels_of
from tests.config.dashboard_lint.header_rules import variables
from tests.config.dashboard_lint.rule import Dashboard, rule


def links_of(dashboard: Dashboard) -> Iterator[tuple[str, dict]]:
    """Yield the place and every link: of series, cells, panels' corners and the dashboard."""
    for panel in panels_of(dashboard):
        overrides = panel["fieldConfig"].get("overrides", [])
        cells = [p["value"] for one in overrides for p in one["properties"] if p["id"] == "links"]
        series = panel["fieldConfig"]["defaults"].get("links") or []
        for link in [*series, *panel.get("links", []), *(x for one in cells for x in one)]:
            yield panel["title"], link
    for link in dashboard["links"]:
        yield "at the top", link


@rule
def dashboard_links(dashboard: Dashboard) -> Iterator[str]:
    """A drop-down leads to all dashboards; every link at the top keeps time and variables."""
    top = dashboard["links"]
    if not any(one["type"] == "dashboards" and one["tags"] == ["agent"] for one in top):
        yield "has no drop-down of all dashboards"
    for one in top:
        if one["type"] == "dashboards" and not (one["keepTime"] and one["includeVars"]):
            yield f"{one['title']}: loses time or variables"
        if "placement" in one:
            yield f"{one['title']}: has been moved into a menu"


@rule
def links_to_dashboards(dashboard: Dashboard) -> Iterator[str]:
    """A linked dashboard, panel and variable exist; the time goes along."""
    for place, link in links_of(dashboard):
        if not link.get("url", "").startswith("/d/"):
            continue
        uid = urlsplit(link["url"]).path.split("/")[2]
        target = dashboards().get(uid)
        if target is None:
            yield f"{place}: there is no dashboard {uid}"
            continue
        if "${__url_time_range}" not in link["url"]:
            yield f"{place}: {link['title']} loses the time"
        given = {
            *re.findall(r"var-(\w+)=", link["url"]),
            *re.findall(r"(\w+):queryparam", link["url"]),
        }
        for name in sorted(given - set(variables(target))):
            yield f"{place}: {link['title']}: {uid} has no variable {name}"
        shown = re.search(r"viewPanel=panel-(\d+)", link["url"])
        if shown and int(shown[1]) not in {one["id"] for one in panels_of(target)}:
            yield f"{place}: {uid} has no panel {shown[1]}"


@rule
def links_to_explore(dashboard: Dashboard) -> Iterator[str]:
    """A link to Explore is readable for Grafana and asks one of the chosen data sources."""
    for place, link in links_of(dashboard):
        if not link.get("url", "").startswith("/explore"):
            continue
        fields = parse_qs(urlsplit(link["url"]).query)
        pane = json.loads(unquote(fields["panes"][0]))["a"]
        source = pane["queries"][0]["datasource"]
        if (
            source["uid"] != f"${{{source['type']}_datasource}}"
            or source["uid"] != pane["datasource"]
        ):
            yield f"{place}: {link['title']} asks {source['uid']}"
        if pane["range"] != {"from": "${__from}", "to": "${__to}"}:
            yield f"{place}: {link['title']} loses the time"
        asked = pane["queries"][0].get("expr") or pane["queries"][0].get("query")
        if not asked:
            yield f"{place}: {link['title']} asks nothing"


@rule
def links_go_somewhere_known(dashboard: Dashboard) -> Iterator[str]:
    """A link has a title and stays in Grafana: other hosts' addresses are not known here."""
    for place, link in links_of(dashboard):
        if link.get("type") == "dashboards":
            continue
        if not link["title"] or not link["url"].startswith(("/d/", "/explore?")):
            yield f"{place}: {link['url']} leads out of Grafana, or has no title"


@rule
def links_use_labels_that_the_panel_has(dashboard: Dashboard) -> Iterator[str]:
    """A label or cell in a link is one that the series or rows have."""
    for panel in panels_of(dashboard):
        asked = json.dumps(
            [panel.get("targets"), panel["fieldConfig"], panel.get("transformations")]
        )
        text = json.dumps([one for place, one in links_of(dashboard) if place == panel["title"]])
        text = unquote(text)
        for label in set(re.findall(r"__field\.labels\.(\w+)", text)):
            if not re.search(rf"by \([^)]*\b{label}\b", asked) and f"{{{{{label}}}}}" not in asked:
                yield f"{panel['title']}: its series have no label {label}"
        for cell in set(re.findall(r"__data\.fields\.(\w+)", text)):
            if f'"{cell}"' not in asked:
                yield f"{panel['title']}: its rows have no field {cell}"
