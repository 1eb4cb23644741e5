"""Every link of a dashboard leads somewhere: it opens what exists, its query finds the thing."""

import time

import httpx
import pytest

from commands.addresses import APP
from tests.config.dashboard_files import dashboards, panels_of
from tests.polling import wait_for
from tests.smoke.chat_requests import send_canary
from tests.stack.empty_panels import rightly_empty
from tests.stack.link_templates import LinkTemplate, Target, about_failures, filled, links
from tests.stack.panel_queries import PanelQuery, Sources, queries
from tests.stack.test_panels import choices

WITHIN_SECONDS = 60
HOUR_SECONDS = 3600
#: Dashboards whose numbers have nothing behind them to open.
LEAD_NOWHERE = {"alert-quality"}
#: What is clicked on a panel that is rightly empty while all is well.
STAND_INS = {
    "error_type": "model_unavailable",
    "tool_name": "lookup_order",
    "model": "gpt-4o-mini",
    "trace_id": "0" * 31 + "1",
}


@pytest.fixture(scope="module")
def _canary(stack):
    """A request of which every link can tell."""
    with httpx.Client(base_url=stack.urls[APP], timeout=60) as app:
        return send_canary(app, f"links-{int(time.time())}")


@pytest.mark.usefixtures("_canary")
@pytest.mark.parametrize("uid", sorted(dashboards()))
def test_links_lead_somewhere(sources, uid):
    """Filled with what their panels show now, they open what exists, or find something."""
    assert bool(list(links(dashboards()[uid]))) == (uid not in LEAD_NOWHERE)
    for link in links(dashboards()[uid]):
        wait_for(
            lambda link=link: leads_somewhere(sources, link),
            within=WITHIN_SECONDS,
            what=f"{link.name} leads somewhere",
            pause=2,
        )


def leads_somewhere(sources: Sources, link: LinkTemplate, *, failing: bool = False) -> bool:
    """Follow a link.

    Args:
        sources: the servers.
        link: to follow.
        failing: whether links to failures must find some too.

    Raises:
        AssertionError: if what it names is not there, or its query is refused.
    """
    target = filled(link, dashboards()[link.dashboard], clicked(sources, link), time.time())
    if target.path == "/explore":
        found = explore(sources, target)
        return bool(found) or (about_failures(target) and not failing)
    assert target.path.startswith("/d/"), f"{link.name} leads to {target.path}"
    opens(sources, target, link.fields)
    return True


def clicked(sources: Sources, link: LinkTemplate) -> dict[str, str]:
    """Return labels, or cells of a row, of something that the link's panel shows.

    Raises:
        AssertionError: if it shows nothing that has them, though it should.
    """
    if not link.fields:
        return {}
    asked = [q for q in queries(dashboards()[link.dashboard]) if q.panel_id == link.panel_id]
    for query in asked:
        for series in sources.ask(query):
            if all(series.labels.get(name) for name in link.fields):
                return dict(series.labels)
    empty = all(query.name in rightly_empty() for query in asked)
    assert empty, f"{link.name}: nothing on its panel has {sorted(link.fields)}"
    return STAND_INS


def explore(sources: Sources, target: Target) -> list[object]:
    """Return what the query of a link to Explore finds."""
    query = target.explored
    kind = query["datasource"]["type"]
    assert query["datasource"]["uid"] == kind, f"there is no data source {query['datasource']}"
    if kind == "jaeger":
        return list(sources.traces(query, span=HOUR_SECONDS))
    assert kind == "loki", f"nobody explores {kind}"
    return list(sources.logql(query["expr"], span=HOUR_SECONDS))


def opens(sources: Sources, target: Target, clicked_fields: frozenset[str]) -> None:
    """Demand that a dashboard is there, with the variables and the panel that a link names.

    Raises:
        AssertionError: if it is not, or does not offer what was clicked.
    """
    uid = target.path.removeprefix("/d/").split("/")[0]
    assert uid in dashboards(), f"there is no dashboard {uid}"
    dashboard = dashboards()[uid]
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    for name, value in target.variables.items():
        assert name in variables, f"{uid} has no variable {name}"
        if clicked_fields and variables[name]["type"] == "query" and value not in {".*", ".+"}:
            offered = choices(sources, dashboard, variables[name])
            assert value in offered, f"{uid}: ${name} does not offer {value}"
    panel = dict(target.params).get("viewPanel", "")
    there = {f"panel-{one['id']}" for one in panels_of(dashboard)}
    assert not panel or panel in there, f"{uid} has no {panel}"


def test_a_link_that_leads_nowhere_is_found(sources):
    """A wrong uid, a wrong variable and a wrong panel are each noticed."""
    for path, params in (
        ("/d/no-such", ()),
        ("/d/cost", (("var-no_such", "x"),)),
        ("/d/cost", (("viewPanel", "panel-99999"),)),
    ):
        with pytest.raises(AssertionError, match=r"there is no|has no"):
            opens(sources, Target(path, params), frozenset())


def test_every_query_of_a_linked_panel_is_known():
    """A link of a panel belongs to a panel that asks something."""
    for uid, dashboard in dashboards().items():
        asked: dict[int, list[PanelQuery]] = {}
        for query in queries(dashboard):
            asked.setdefault(query.panel_id, []).append(query)
        for link in links(dashboard):
            assert not link.fields or asked.get(link.panel_id), f"{uid}: {link.name}"
