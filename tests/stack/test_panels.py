"""Every query of every panel gets data from the servers that run, within two minutes of traffic."""

import re
import time

import httpx
import pytest

from commands.addresses import APP
from tests.config.dashboard_files import dashboards
from tests.polling import wait_for
from tests.smoke.chat_requests import QUESTION, new_question
from tests.stack.empty_panels import rightly_empty
from tests.stack.grafana_variables import defaults, fill, span_seconds
from tests.stack.panel_queries import PanelQuery, Sources, queries
from tests.stack.panel_report import BoardResult, write

#: From the first question on; what is asked later has had its time.
WITHIN_SECONDS = 120
_LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), (?P<label>\w+)\)")

every_dashboard = pytest.mark.parametrize("uid", sorted(dashboards()))


@pytest.fixture(scope="module")
def deadline(stack):
    """When the last panel must have data; what traffic does only now and then is done once."""
    with httpx.Client(base_url=stack.urls[APP], timeout=60) as app:
        app.post("/chat", json={"message": QUESTION, "template": "unknown"})
        for stream in (False, True):
            app.post("/chat", json={"message": new_question(), "stream": stream})
    return time.monotonic() + WITHIN_SECONDS


@pytest.fixture(scope="module")
def results():
    """What each dashboard got; written into the report at the end."""
    found: dict[str, BoardResult] = {}
    yield found
    print("\n" + write(found))


@every_dashboard
def test_every_panel_has_data(sources, deadline, results, uid):
    """Every query is answered without an error, and with data or rightly without."""
    asked = list(queries(dashboards()[uid]))
    listed = rightly_empty()
    waiting = {one.name: one for one in asked if one.name not in listed}
    result = results[uid] = BoardResult(queries=len(asked))

    def all_have_data():
        for name in [name for name, one in waiting.items() if sources.ask(one)]:
            del waiting[name]
        assert not waiting, f"without data: {sorted(waiting)}"
        return True

    try:
        within = max(0.0, deadline - time.monotonic())
        wait_for(all_have_data, within=within, what=f"every panel of {uid} has data", pause=3)
    finally:
        result.empty = sorted(waiting)
        result.rightly_empty = {o.name: listed[o.name].reason for o in asked if o.name in listed}
        result.panels = _panels_with_data(asked, result)


def _panels_with_data(asked: list[PanelQuery], result: BoardResult) -> dict[str, bool]:
    """Return each panel, and whether at least one of its queries found something and none lacks."""
    found: dict[str, bool] = {}
    for title in {one.panel for one in asked}:
        names = [one.name for one in asked if one.panel == title]
        has = any(n not in result.rightly_empty and n not in result.empty for n in names)
        found[title] = has and not any(n in result.empty for n in names)
    return found


@every_dashboard
def test_what_is_listed_as_empty_is_empty(sources, uid):
    """A query of empty_panels.toml is answered without an error, and finds nothing yet."""
    listed = rightly_empty()
    asked = [one for one in queries(dashboards()[uid]) if one.name in listed]
    answered = [one.name for one in asked if sources.ask(one)]
    found = [name for name in answered if not listed[name].may_find]
    assert not found, f"take them off empty_panels.toml: {found}"


def test_the_list_names_only_queries_that_are_there():
    """Every entry of empty_panels.toml is a query of a panel."""
    there = {one.name for dashboard in dashboards().values() for one in queries(dashboard)}
    assert not rightly_empty().keys() - there


@every_dashboard
def test_every_variable_offers_a_choice(sources, deadline, uid):
    """Each drop-down whose choices are looked up has at least one."""
    dashboard = dashboards()[uid]
    for variable in (one for one in dashboard["templating"]["list"] if one["type"] == "query"):
        within = max(0.0, deadline - time.monotonic())
        what = f"{uid}: ${variable['name']} has a choice"
        wait_for(
            lambda variable=variable: choices(sources, dashboard, variable),
            within=within,
            what=what,
            pause=3,
        )


def choices(sources: Sources, dashboard, variable) -> list[str]:
    """Return what a variable offers."""
    query, span = variable["query"], span_seconds(dashboard)
    start = time.time() - span
    if variable["datasource"]["type"] == "loki":
        path = f"/loki/api/v1/label/{query['label']}/values"
        return sources.get("loki", path, start=int(start * 1e9)).get("data", [])
    found = _LABEL_VALUES.fullmatch(query)
    assert found, f"nobody knows how to look up {query}"
    series = fill(found["series"], defaults(dashboard), range_seconds=span)
    path = f"/api/v1/label/{found['label']}/values"
    return sources.get("prometheus", path, **{"match[]": series, "start": start})["data"]


@every_dashboard
def test_every_mark_is_evaluated(sources, uid):
    """The queries of the annotations are answered without an error; no mark is an answer."""
    dashboard = dashboards()[uid]
    span = span_seconds(dashboard)
    for mark in dashboard["annotations"]["list"]:
        sources.promql(fill(mark["expr"], defaults(dashboard), range_seconds=span), span=span)


def test_the_list_of_alerts_has_watchdog(sources):
    """The panels that Grafana fills from Alertmanager find the alert that always fires."""

    def fires():
        alerts = sources.get("alertmanager", "/api/v2/alerts")
        return [one for one in alerts if one["labels"]["alertname"] == "Watchdog"]

    wait_for(fires, within=WITHIN_SECONDS, what="Watchdog is in Alertmanager")
