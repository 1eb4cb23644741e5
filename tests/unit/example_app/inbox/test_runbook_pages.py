"""The runbooks as pages."""

import re

import pytest

from example_app.inbox import InboxSettings
from tests.unit.example_app.inbox.conftest import alert


@pytest.fixture
def runbooks(tmp_path):
    """A directory with some."""
    directory = tmp_path / "runbooks"
    directory.mkdir()
    (tmp_path / "secret.md").write_text("the secret")
    (directory / "HighErrorRate.md").write_text(
        "# HighErrorRate\n\n## Meaning\n\nToo many *requests* fail.\n\n"
        "See [the agent](AgentDown.md#first-steps), [that](./AgentDown.md), [this](#meaning),\n"
        "[workers](../guides/workers.md), [ToolLoop](ToolLoop.md), \n"
        "[out](https://example.org/).\n\n"
        "| a | b |\n|---|---|\n| 1 | <b>2 |\n\n[x](javascript:alert(1))\n"
    )
    (directory / "AgentDown.md").write_text("# AgentDown\n\n## First steps\n\nIt is gone.\n")
    return directory


def test_runbook_is_rendered(start, runbooks):
    """A runbook's Markdown becomes a page; HTML in it is shown as text, script links are none."""
    answer = start(runbooks_dir=runbooks).get("/runbooks/HighErrorRate")
    assert answer.status_code == 200
    assert '<h2 id="meaning">Meaning</h2>' in answer.text
    assert "<td>&lt;b&gt;2</td>" in answer.text
    assert 'href="javascript' not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_links_among_runbooks_lead_to_pages(start, runbooks):
    """`Other.md` leads to its page and heading; what the inbox does not serve becomes text."""
    inbox = start(runbooks_dir=runbooks)
    article = inbox.get("/runbooks/HighErrorRate").text.split("<article")[1]
    links = re.findall(r'<a href="([^"]+)"', article)
    assert links == [
        "/runbooks/AgentDown#first-steps",
        "/runbooks/AgentDown",
        "#meaning",
        "https://example.org/",
    ]
    assert "workers (../guides/workers.md), ToolLoop," in article
    assert 'id="first-steps"' in inbox.get("/runbooks/AgentDown").text


def test_the_list_tells_the_meaning_and_what_fires(start, runbooks):
    """Each runbook with its first sentence; those of alerts that fire are marked."""
    inbox = start(runbooks_dir=runbooks)
    inbox.deliver(alert("AgentDown"), alert("AgentDown", scope="x"))
    text = inbox.get("/runbooks").text
    assert re.findall(r'<a href="/runbooks/(\w+)">', text) == ["AgentDown", "HighErrorRate"]
    assert "Too many requests fail." in text
    assert "2 firing" in text
    assert "2 firing now" in inbox.get("/runbooks/AgentDown").text
    assert "not firing now" in inbox.get("/runbooks/HighErrorRate").text


def test_the_index_of_the_files_is_no_alert(start, runbooks):
    """README.md beside the runbooks is not in the list of alerts."""
    (runbooks / "README.md").write_text("# Runbooks\n\nOne for each alert.\n")
    answer = start(runbooks_dir=runbooks).get("/runbooks")
    assert "AgentDown" in answer.text
    assert "README" not in answer.text


def test_an_unknown_name_is_helped(start, runbooks):
    """404 with what was asked for, the names most like it, and the way to all of them."""
    answer = start(runbooks_dir=runbooks).get("/runbooks/HighErorRat")
    assert answer.status_code == 404
    assert "no runbook named <b>HighErorRat</b>" in answer.text
    assert '<a href="/runbooks/HighErrorRate">' in answer.text
    assert '<a href="/runbooks">' in answer.text


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
def test_path_tricks_find_nothing(start, runbooks, name):
    """A name that is no plain name is 404, and no file outside is read."""
    answer = start(runbooks_dir=runbooks).get(f"/runbooks/{name}")
    assert answer.status_code == 404
    assert "the secret" not in answer.text


def test_no_runbooks_is_an_empty_list(start, tmp_path):
    """A directory that is not there is no fault."""
    inbox = start(runbooks_dir=tmp_path / "none")
    assert "No runbook was found" in inbox.get("/runbooks").text


def test_every_shipped_runbook_is_a_page(start, monkeypatch):
    """The committed runbooks are all listed and rendered, and no link among them is dead."""
    monkeypatch.delenv("RUNBOOKS_DIR", raising=False)
    directory = InboxSettings().runbooks_dir
    inbox = start(runbooks_dir=directory)
    listed = re.findall(r'<a href="/runbooks/(\w+)">', inbox.get("/runbooks").text)
    assert listed == sorted(p.stem for p in directory.glob("*.md") if p.stem != "README")
    for name in listed:
        answer = inbox.get(f"/runbooks/{name}")
        assert answer.status_code == 200
        assert set(re.findall(r'href="/runbooks/(\w+)', answer.text)) <= set(listed)
