"""The pages of the sample agent and of the inbox lead to dashboards and sources that there are."""

import json
import re
import tomllib

import pytest
import yaml

from grafana.panel_ids import PANEL_IDS
from tests.config.compose_files import ROOT, services
from tests.config.dashboard_files import dashboards, panels_of

_PAGES = sorted(
    path
    for path in (ROOT / "example_app").rglob("*")
    if path.suffix in {".py", ".html", ".js"} and "/d/" in path.read_text("utf-8")
)


@pytest.mark.parametrize("page", _PAGES, ids=lambda path: path.name)
def test_every_dashboard_that_a_page_links_to_exists(page):
    """By its uid, as far as the page's text names it; {…} and ${…} are filled when it runs."""
    linked = set(re.findall(r"/d/([a-z][a-z-]+)", page.read_text("utf-8")))

    assert linked <= dashboards().keys()


def test_the_pages_that_should_link_to_a_dashboard_do():
    """The chat page, the faults page and the inbox's frame."""
    assert {path.stem for path in _PAGES} >= {"chat", "faults", "page_frame"}


def test_the_panel_of_every_incident_exists():
    """A fault's page opens the panel that shows it, by the id that the panel has for ever."""
    text = (ROOT / "example_app" / "data" / "incidents.toml").read_text("utf-8")
    found = re.findall(r'"dashboard": "([^"]+)", "panel": "([^"]+)", "panel_id": (\d+)',
                       json.dumps(tomllib.loads(text)))  # fmt: skip

    assert len(found) >= 10
    for uid, key, number in found:
        assert PANEL_IDS[uid][key] == int(number)
        assert int(number) in {panel["id"] for panel in panels_of(dashboards()[uid])}


def test_the_chat_page_asks_a_source_that_grafana_has():
    """Its link to the log lines names the source by uid, and the service as Loki has it."""
    page = (ROOT / "example_app" / "pages" / "chat.js").read_text("utf-8")
    sources = ROOT / "grafana" / "provisioning" / "datasources" / "servers.yml"
    uids = {one["uid"] for one in yaml.safe_load(sources.read_text("utf-8"))["datasources"]}
    named = set(re.findall(r'datasource: "(\w+)"', page))

    assert named
    assert named <= uids
    assert 'service_name="example-agent"' in page
    assert services()["grafana"]["environment"]["GF_SERVER_ROOT_URL"].endswith(":3000/")
