"""What the smoke test asks of a Grafana, and what it makes of the answers.

The server is a stand-in that speaks the few calls that are used: see grafana_stand_in.
"""

import json

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, chromium
from tests.config.dashboard_files import dashboards, panels_of
from tests.smoke.grafana_panels import Grafana, basic, take_picture
from tests.unit.smoke.grafana_stand_in import grafana_stand_in

LOGIN = basic("admin", "admin")


@pytest.fixture
def stand_in():
    """The stand-in, on a port of its own."""
    with grafana_stand_in(LOGIN) as running:
        yield running


@pytest.fixture
def client(stand_in):
    """A client that is logged in."""
    with httpx.Client(base_url=stand_in.url, headers={"authorization": LOGIN}) as one:
        yield one


@pytest.mark.parametrize("uid", sorted(dashboards()))
def test_every_query_of_a_dashboard_is_asked_as_its_panel_asks(stand_in, client, uid):
    """One call a panel, every variable filled, the source by its uid, Grafana's own left to it."""
    server = Grafana(client)
    answers = list(server.answers(server.dashboard(uid)))
    panels = [one for one in panels_of(dashboards()[uid]) if one.get("targets")]

    assert [one.panel for one in answers] == [one["title"] for one in panels]
    assert not any(one.errors for one in answers)
    assert all(one.values == 4 * len(p["targets"]) for one, p in zip(answers, panels, strict=True))
    for body, panel in zip(stand_in.asked, panels, strict=True):
        assert int(body["from"]) < int(body["to"])
        assert [one["refId"] for one in body["queries"]] == [t["refId"] for t in panel["targets"]]
        for one in body["queries"]:
            assert one["datasource"]["uid"] == one["datasource"]["type"]
            assert one["intervalMs"] > 0
    left = json.dumps(stand_in.asked)
    for variable in dashboards()[uid]["templating"]["list"]:
        assert f"${variable['name']}" not in left
        assert f"${{{variable['name']}" not in left


def test_what_a_data_source_refuses_is_told_by_panel_and_query(stand_in, client):
    """Grafana answers 400 with the error beside the results; the others of the panel are kept."""
    server = Grafana(client)
    panel = next(one for one in panels_of(dashboards()["overview"]) if one.get("targets"))
    stand_in.refused = {json.dumps(panel["targets"][0]["expr"])[1:20]: "parse error"}

    wrong = {one.panel: one.errors for one in server.answers(dashboards()["overview"])}

    assert wrong[panel["title"]] == {"A": "parse error"}


def test_no_values_are_no_error_but_seen(stand_in, client):
    """An answer without frames counts as empty."""
    stand_in.empty = True

    assert all(
        one.values == 0 and not one.errors for one in Grafana(client).answers(dashboards()["logs"])
    )


def test_what_is_loaded_and_what_is_first(client):
    """The uids that the search finds, and the title of the first page."""
    assert Grafana(client).uids() == dashboards().keys()
    assert Grafana(client).home() == "Overview"


def test_a_refused_login_is_told(stand_in):
    """A wrong password is an error with Grafana's words, not an empty list."""
    with (
        httpx.Client(base_url=stand_in.url) as nobody,
        pytest.raises(AssertionError, match=r"401.*Unauthorized"),
    ):
        Grafana(nobody).uids()


def test_a_picture_is_taken_and_a_broken_panel_told(stand_in, client, tmp_path):
    """The browser logs in by the header, waits for a panel and looks for errors on the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        good = take_picture(browser, client, "cost", tmp_path / "pictures" / "cost.png")
        stand_in.broken_page = True
        bad = take_picture(browser, client, "cost", tmp_path / "pictures" / "cost.png")
        browser.close()

    assert good == []
    assert bad == ["a panel shows an error"]
    assert (tmp_path / "pictures" / "cost.png").read_bytes().startswith(b"\x89PNG")
