"""What people see."""

import re

import pytest

from tests.unit.example_app.inbox.conftest import alert

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
BEAT = alert("Watchdog", severity="none")


def page(inbox):
    """The page, and the part of it below each of its two headings."""
    answer = inbox.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    firing, resolved = answer.text.split("<h2>")[1:]
    return answer.text, firing, resolved


def test_empty_page_says_so(inbox):
    """Before anything has arrived the page tells what it waits for."""
    text, firing, resolved = page(inbox)
    assert "Waiting for the first Watchdog" in text
    assert "Nothing fires" in firing
    assert "No alert has been resolved yet" in resolved


def test_alerts_are_grouped_by_their_latest_state(inbox):
    """A resolved alert leaves the firing group; Watchdog is the light and no card."""
    inbox.deliver(alert(), alert("AgentDown"), BEAT)
    inbox.clock.advance(minutes=1)
    inbox.deliver(alert(status="resolved"))
    text, firing, resolved = page(inbox)
    assert "AgentDown" in firing
    assert "HighErrorRate" not in firing
    assert "HighErrorRate" in resolved
    assert "The alert path works" in text
    assert "<h3>Watchdog" not in text


def test_a_card_tells_severity_age_and_links(inbox):
    """Colour by severity, age since the start, the links of the annotations and to the query."""
    links = {
        "runbook_url": "http://localhost:8080/runbooks/HighErrorRate",
        "dashboard_url": "http://localhost:3000/d/agent-performance-monitor",
        "logs_url": "http://localhost:3000/explore?a=1&b=2",
        "traces_url": "http://localhost:16686/search",
    }
    sent = alert(service="example-agent")
    sent["annotations"] |= links
    inbox.deliver(sent)
    _, firing, _ = page(inbox)
    assert 'class="card critical"' in firing
    assert ">59 min</time>" in firing
    assert "example-agent" in firing
    found = re.findall(r'<a href="([^"]+)" rel="noreferrer">(\w+)</a>', firing)
    assert [name for _, name in found] == ["Runbook", "Dashboard", "Logs", "Traces", "Query"]
    assert found[2][0] == "http://localhost:3000/explore?a=1&amp;b=2"


def test_worst_comes_first(inbox):
    """Among what fires, critical stands above warning and info."""
    for severity in ("info", "critical", "warning"):
        inbox.deliver(alert(f"Is{severity}", severity=severity))
    _, firing, _ = page(inbox)
    assert re.findall(r"<h3>Is(\w+)</h3>", firing) == ["critical", "warning", "info"]


def test_late_watchdog_is_told(inbox):
    """When beats stop, the page says that the path is broken."""
    inbox.deliver(BEAT)
    inbox.clock.advance(minutes=10)
    text, *_ = page(inbox)
    assert "The alert path is broken" in text
    assert "10 min ago" in text


def test_everything_shown_is_escaped(inbox):
    """No text of an alert becomes markup, in whatever field it comes."""
    sent = alert(ATTACK, scope=ATTACK, **{ATTACK: ATTACK, "severity": ATTACK})
    sent["annotations"] = {"summary": ATTACK, "description": ATTACK, "runbook_url": ATTACK}
    sent["generatorURL"] = "javascript:alert(1)"
    sent["fingerprint"] = ATTACK[:64]
    assert inbox.deliver(sent).status_code == 200
    text, *_ = page(inbox)
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text


def test_page_loads_nothing_from_elsewhere(inbox):
    """Scripts are forbidden, styles come from the inbox itself, dark mode is there."""
    answer = inbox.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', answer.text) == ["/style.css"]
    style = inbox.get("/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text
    assert "http" not in style.text


def test_runbook_is_rendered(start, tmp_path):
    """A runbook's Markdown becomes a page; HTML in it is shown as text."""
    (tmp_path / "HighErrorRate.md").write_text("# Meaning\n\n| a | b |\n|---|---|\n| 1 | <b>2 |\n")
    inbox = start(runbooks_dir=tmp_path)
    answer = inbox.get("/runbooks/HighErrorRate")
    assert answer.status_code == 200
    assert "<h1>Meaning</h1>" in answer.text
    assert "<td>&lt;b&gt;2</td>" in answer.text
    assert 'href="/runbooks/HighErrorRate"' in inbox.get("/runbooks").text


@pytest.mark.parametrize(
    "name",
    [
        "None",
        "..%2Fsecret",
        "%2e%2e/secret",
        "../secret",
        "....//secret",
        "/etc/passwd",
        "%00secret",
        "HighErrorRate.md",
        "a" * 200,
    ],
)
def test_path_tricks_find_nothing(start, tmp_path, name):
    """A name that is no plain name is 404, and no file outside is read."""
    (tmp_path / "secret.md").write_text("the secret")
    runbooks = tmp_path / "runbooks"
    runbooks.mkdir()
    (runbooks / "HighErrorRate.md").write_text("# Meaning")
    answer = start(runbooks_dir=runbooks).get(f"/runbooks/{name}")
    assert answer.status_code == 404
    assert "the secret" not in answer.text


def test_no_runbooks_is_an_empty_list(start, tmp_path):
    """A directory that is not there is no fault."""
    inbox = start(runbooks_dir=tmp_path / "none")
    assert "No runbook was found" in inbox.get("/runbooks").text
