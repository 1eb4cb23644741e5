"""The faults page: for browsers only, escaped, by its own script alone, with links that resolve."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import pytest

from example_app.faults_page import FaultsPage, wants_page
from example_app.incidents import load_incidents
from example_app.settings import AppSettings

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
HOSTILE = "</h2><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class _Page(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        """Return the attributes of every tag of a name."""
        return [attributes for tag, attributes in self.tags if tag == name]


def _rendered(faults=None, **settings):
    page = FaultsPage(AppSettings(**settings))
    listed = [
        {"name": name, "active": False, "until": None, "description": "d"}
        for name in load_incidents()
    ]
    return page.render(listed if faults is None else faults)


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html", False),
        ("application/json, text/html;q=0.9", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=nonsense", False),
    ],
)
def test_page_is_for_who_prefers_it(accept, page):
    """A browser gets the page; curl and programs get JSON as before."""
    assert wants_page(accept) is page


def test_page_and_json_list_the_same_faults(client):
    """Both forms come from one address, and caches are told what decides."""
    page = client.request("GET", "/faults", headers={"accept": BROWSER})
    data = client.request("GET", "/faults")
    assert page.headers["content-type"].startswith("text/html")
    assert data.headers["content-type"] == "application/json"
    assert page.headers["vary"] == data.headers["vary"] == "accept"
    cards = [item["data-name"] for item in _Page(page.text).all("li")]
    assert cards == [fault["name"] for fault in data.json()["faults"]]
    assert set(cards) == set(load_incidents())


def test_running_fault_is_marked(client):
    """A fault that runs is shown as running, with its end, and can be stopped."""
    client.request("PUT", "/faults/tool_failure", json={"duration_seconds": 60})
    page = _Page(client.request("GET", "/faults", headers={"accept": BROWSER}).text)
    cards = {item["data-name"]: item for item in page.all("li")}
    assert cards["tool_failure"]["class"] == "active"
    assert cards["tool_failure"]["data-until"]
    assert cards["provider_500"]["class"] == ""
    stops = [button for button in page.all("button") if button.get("class") == "stop"]
    assert sum("disabled" not in button for button in stops) == 2  # that one, and stop all


def test_chat_page_links_to_the_faults(make_client):
    """The page is found from the chat page, where there are faults."""
    page = html.unescape(make_client().request("GET", "/").text)
    assert '"faults": true' in page


def test_only_the_pages_own_script_may_run():
    """The policy names the one script by its digest; nothing runs from attributes."""
    response = _rendered()
    text = response.body.decode()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "innerHTML" not in script
    attributes = {name for _, found in _Page(text).tags for name in found}
    assert not {name for name in attributes if name.startswith("on") or name == "style"}


def test_hostile_names_stay_text():
    """Markup in what the simulator sends, or in PUBLIC_HOST, ends as text."""
    fault = {"name": HOSTILE, "active": True, "until": HOSTILE, "description": HOSTILE}
    plain = _rendered()
    hostile = _rendered([fault], stack_links=True, public_host=HOSTILE)
    assert len(_Page(hostile.body.decode()).all("script")) == 1
    assert not _Page(hostile.body.decode()).all("img")
    policies = {each.headers["content-security-policy"] for each in (plain, hostile)}
    assert len(policies) == 1, "another script would have another digest"


def test_page_links_to_the_stack_where_it_runs():
    """Alert and dashboard of each fault are links by PUBLIC_HOST; nothing else is linked."""
    links = [
        link["href"]
        for link in _Page(
            _rendered(stack_links=True, public_host="box", inbox_port=18080).body.decode()
        ).all("a")
    ]
    assert "http://box:18080/runbooks/APICallFailures" in links
    panels = [link for link in links if link.startswith("http://box:3000/d/agent-performance")]
    assert panels
    assert all("&viewPanel=panel-" in link for link in panels)
    assert "http://box:16686" in links


def test_page_alone_links_to_the_agent_only(client):
    """In lite every link is one that the agent itself answers, the runbooks among them."""
    text = _rendered().body.decode()
    links = {link["href"] for link in _Page(text).all("a")}
    assert {"/", "/metrics", "/console/alerts", "/runbooks/APICallFailures"} <= links
    own = [link for link in links if not link.startswith("/console")]
    assert {link: client.request("GET", link).status_code for link in own} == dict.fromkeys(
        own, 200
    )
    assert "APICallFailures" in text
    assert "the log has event tool_execution_failed" in text


def test_page_works_by_keyboard_and_on_narrow_screens():
    """Orders are buttons and a labelled field, results are announced, the width is the screen's."""
    text = _rendered().body.decode()
    page = _Page(text)
    assert all(button.get("type") == "button" for button in page.all("button"))
    field = next(each for each in page.all("input") if each["type"] == "number")
    assert {"for": field["id"]} in page.all("label")
    assert page.all("output")[0]["aria-live"] == "polite"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    assert "color-scheme: light dark" in text
    named = {item["id"] for item in page.all("h2")}
    described = {button.get("aria-describedby") for button in page.all("button")}
    assert described == {None, *named}


def test_unknown_fault_is_shown_by_its_own_words():
    """A fault that the table does not have yet is listed with its description."""
    fault = {"name": "new_one", "active": False, "until": None, "description": "breaks a thing"}
    text = _rendered([fault]).body.decode()
    assert "breaks a thing" in text


def test_page_sends_no_chats_where_a_key_is_needed():
    """Where every chat needs a tenant's key the page only starts faults, and says so."""
    assert not _drives(_rendered(auth_required=True))
    assert _drives(_rendered())


def _drives(response):
    return any(each["type"] == "checkbox" for each in _Page(response.body.decode()).all("input"))


def test_card_carries_what_its_chats_are():
    """The chats of each fault are those of `make incident`, escaped into an attribute."""
    for card in _Page(_rendered().body.decode()).all("li"):
        incident = load_incidents()[card["data-name"]].in_lite()
        assert json.loads(card["data-drive"]) == incident.drive.model_dump(mode="json")
        assert card.get("data-alert") == incident.alert
