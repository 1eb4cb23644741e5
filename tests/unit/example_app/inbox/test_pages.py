"""What people see."""

import re

import pytest
import requests

from tests.unit.example_app.inbox.conftest import alert

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
BEAT = alert("Watchdog", severity="none")


def page(inbox, **query):
    """The page, and the part of it below each of its headings: firing, resolved, history."""
    answer = inbox.get("/", **query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    firing, resolved, history = re.split(r"<h2 id=", answer.text)[1:]
    return answer.text, firing, resolved, history


def names(part):
    """The names of the alerts in a part of the page, in order."""
    return re.findall(r'<span class="name">(\w+)</span>', part)


def over(name, day, **labels):
    """An alert that ended on a day of December 2025."""
    times = {"startsAt": f"2025-12-{day}T10:00:00Z", "endsAt": f"2025-12-{day}T11:12:00Z"}
    return {**alert(name, status="resolved", **labels), **times}


def test_empty_page_says_so(inbox):
    """Before anything has arrived the page tells what it waits for, and how to see it work."""
    text, firing, resolved, history = page(inbox)
    assert "Waiting for the first Watchdog" in text
    assert "Nothing fires" in firing
    assert "make incident NAME=tool_failure" in firing
    assert "Nothing ended within the last 2 h" in resolved
    assert "Nothing older" in history


def test_alerts_are_grouped_by_their_latest_state(inbox):
    """A resolved alert leaves the firing group; Watchdog is the light and no card."""
    inbox.deliver(alert(), alert("AgentDown"), BEAT, over("Earlier", 30), over("Before", 29))
    inbox.clock.advance(minutes=1)
    inbox.deliver(alert(status="resolved"))
    text, firing, resolved, history = page(inbox)
    assert names(firing) == ["AgentDown"]
    assert names(resolved) == ["HighErrorRate"]
    assert names(history) == ["Earlier", "Before"]
    days = re.findall(r'<h3 class="day">([^<]+)', history)
    assert days == ["Tuesday 2025-12-30", "Monday 2025-12-29"]
    assert "lasted 1 h 12 min" in history
    assert "only its end was delivered" in history
    assert "delivered once" in resolved
    assert "The alert path works" in text


def test_an_alert_tells_severity_times_and_links(inbox):
    """Since when in UTC and for how long, its value line, its links and the one to its query."""
    links = {
        "runbook_url": "http://localhost:8080/runbooks/HighErrorRate",
        "dashboard_url": "http://localhost:3000/d/agent-performance-monitor",
        "logs_url": "http://localhost:3000/explore?a=1&b=2",
        "traces_url": "http://localhost:16686/search",
    }
    sent = alert(service="example-agent", scope="request", tool_name="x")
    sent["annotations"] |= links
    inbox.deliver(sent)
    inbox.deliver(sent)
    _, firing, *_ = page(inbox)
    assert 'class="card critical"' in firing
    assert '<time datetime="2026-01-01T11:00:00.123456+00:00">59 min</time>' in firing
    assert "since 11:00:00 UTC" in firing
    assert "delivered 2 times, last 12:00:00 UTC" in firing
    assert "Look at it." in firing
    assert "<b>tool_name</b>x" in firing
    assert "example-agent · request" in firing
    found = re.findall(r'<a href="([^"]+)" [^>]+>(\w+)</a>', firing)
    assert [name for _, name in found] == ["Runbook", "Dashboard", "Logs", "Traces", "Query"]
    assert found[2][0] == "http://localhost:3000/explore?a=1&amp;b=2"


def test_an_alert_without_links_has_the_runbook_of_its_name(start, tmp_path):
    """An alert of somebody else's rules still leads to what the inbox knows about it."""
    (tmp_path / "HighErrorRate.md").write_text("# HighErrorRate\n")
    inbox = start(runbooks_dir=tmp_path)
    inbox.deliver(alert())
    assert '<a href="/runbooks/HighErrorRate">Runbook</a>' in page(inbox)[1]


def test_worst_comes_first_and_neighbours_share_a_card(inbox):
    """Critical above warning above info, then by service, name and scope; one card a kind."""
    inbox.deliver(
        alert("C", severity="info"),
        alert("B", severity="warning", service="b"),
        alert("B", severity="warning", service="a", tool_name="x"),
        alert("B", severity="warning", service="a", tool_name="y"),
        alert("A", severity="critical"),
        alert("D", severity="odd"),
    )
    _, firing, *_ = page(inbox)
    assert names(firing) == ["A", "B", "B", "C", "D"]
    assert [card.count('class="alert"') for card in firing.split("<article")[1:]] == [1, 2, 1, 1, 1]


def test_title_and_icon_show_the_number_that_fires(inbox):
    """A look at the tab is enough, whatever filter is set."""
    inbox.deliver(BEAT)
    assert 'href="/icon/well.svg"' in page(inbox)[0]
    inbox.deliver(alert(severity="warning"), alert("AgentDown"))
    text, *_ = page(inbox, service="none")
    assert "<title>2 firing" in text
    icon = re.search(r'rel="icon"[^>]+href="([^"]+)"', text)[1]
    answer = inbox.get(icon)
    assert icon == "/icon/critical-2.svg"
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert ">2</text>" in answer.text
    assert inbox.get("/icon/<x>-9999.svg").status_code == 200
    assert "<x>" not in inbox.get("/icon/<x>-9999.svg").text


@pytest.mark.parametrize(
    ("query", "firing", "resolved"),
    [
        ({"service": "a"}, ["AgentDown", "HighErrorRate"], ["SlowResponse"]),
        ({"severity": "warning"}, ["HighErrorRate"], []),
        ({"name": "rate"}, ["HighErrorRate"], []),
        ({"service": "b", "severity": "critical", "name": "Memory"}, ["HighMemoryUsage"], []),
        ({"service": "none"}, [], []),
        ({"name": "%"}, [], []),
    ],
)
def test_filters(inbox, query, firing, resolved):
    """By service, severity and part of a name, together; the form keeps what was asked."""
    inbox.deliver(
        alert("HighErrorRate", severity="warning", service="a"),
        alert("AgentDown", service="a"),
        alert("HighMemoryUsage", service="b"),
        alert("SlowResponse", status="resolved", service="a"),
    )
    text, fires, ended, _ = page(inbox, **query)
    assert (names(fires), names(ended)) == (firing, resolved)
    for value in (query.get("service"), query.get("severity")):
        assert value is None or f"<option selected>{value}</option>" in text
    left = 3 - len(firing)
    assert f"{left} more outside of this filter" in fires


def test_history_has_pages(inbox):
    """Each alert is on one page, in order; the links keep the filter."""
    for number in range(120):
        inbox.clock.advance(seconds=1)
        inbox.deliver(over(f"Old{number}", 10, service="a"))
    seen = []
    for number in (1, 2, 3):
        text = inbox.get("/", page=str(number), service="a").text
        seen += names(text.split('id="history"')[1])
    assert seen == [f"Old{number}" for number in reversed(range(120))]
    assert 'rel="prev" href="/?service=a&amp;page=2#history"' in text
    assert 'rel="next"' not in text
    assert "There is no such page" in inbox.get("/", page="4").text


def test_many_ends_at_once_are_all_listed(inbox):
    """More ends within two hours than the first list holds go on in the history."""
    many = [alert(f"Ended{number}", status="resolved") for number in range(130)]
    inbox.deliver(*many)
    first, second = inbox.get("/").text, inbox.get("/", page="2").text
    assert sorted(names(first) + names(second)) == sorted(a["labels"]["alertname"] for a in many)


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"firing_page": "-1"}])
def test_a_page_that_is_none_is_told(inbox, query):
    """A number that cannot be is a clear page with 400."""
    answer = inbox.get("/", **query)
    assert answer.status_code == 400
    assert f"{next(iter(query))} must be a whole number from 1" in answer.text


def test_late_watchdog_is_told(inbox):
    """When beats stop, the page says that the path is broken, and what to do."""
    inbox.deliver(BEAT)
    inbox.clock.advance(minutes=10)
    text, *_ = page(inbox)
    assert "The alert path is broken" in text
    assert "10 min ago" in text
    assert 'href="/runbooks/Watchdog"' in text
    assert 'href="/icon/dead.svg"' in text


@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_everything_shown_is_escaped(inbox, status):
    """No text of an alert or of a query becomes markup, in whatever field it comes."""
    sent = alert(ATTACK, status, scope=ATTACK, service=ATTACK, **{ATTACK: ATTACK})
    sent["labels"]["severity"] = ATTACK
    sent["annotations"] = {"summary": ATTACK, "description": ATTACK, "runbook_url": ATTACK}
    sent["generatorURL"] = "javascript:alert(1)"
    sent["fingerprint"] = ATTACK[:64]
    assert inbox.deliver(sent).status_code == 200
    asked = [inbox.get("/"), inbox.get("/", service=ATTACK, severity=ATTACK, name=ATTACK)]
    for text in (*(answer.text for answer in asked), inbox.get(f"/runbooks/{ATTACK}").text):
        assert "&lt;script&gt;" in text
        assert "<script>" not in text
        assert "<img" not in text
        assert "javascript:" not in text


def test_page_loads_nothing_from_elsewhere(inbox):
    """Style, script and icon come from the inbox itself; dark mode is there."""
    answer = inbox.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    loaded = re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', answer.text)
    assert loaded == ["/icon/none-0.svg", "/style.css", "/refresh.js"]
    style, script = inbox.get("/style.css"), inbox.get("/refresh.js")
    assert style.headers["content-type"].startswith("text/css")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "prefers-color-scheme: dark" in style.text
    assert "http" not in style.text
    assert "http" not in script.text


def test_without_javascript_the_page_reloads(inbox):
    """The refresh and the filter need no script."""
    text = inbox.get("/").text
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in text
    assert '<form action="/" method="get"' in text


def test_links_to_the_rest_of_the_stack_are_shown_on_request(start):
    """Where the stack runs, its pages are one click away; elsewhere none is promised."""
    assert "Dashboard" not in start().get("/").text
    text = start(stack_links=True, public_host="box", grafana_port=3333).get("/").text
    assert 'href="http://box:3333/d/overview"' in text


def test_errors_are_pages_for_browsers(inbox):
    """Who asks for HTML gets a page, everybody else JSON."""
    url = f"{inbox.url}/none"
    shown = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
    assert shown.status_code == 404
    assert "Back to the alerts" in shown.text
    assert inbox.get("/none").json()["error"]
