"""The guide on the console says what is so: its code runs, its pages and keys are there."""

import re

from starlette.testclient import TestClient

from agent_telemetry.console.page_frame import PAGES
from agent_telemetry.console.settings import ConsoleSettings
from commands.checkout import ROOT
from tests.console_page import ConsolePage
from tests.polling import wait_for

GUIDE = (ROOT / "docs" / "guides" / "console.md").read_text("utf-8")


def test_guide_runs(tmp_path, monkeypatch):
    """The app of the guide shows its own run, and the guarded one asks for the password."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
    first, second = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    names = {}
    try:
        exec(compile(first, "guide", "exec"), names)
        exec(compile(second, "guide", "exec"), names)
        with TestClient(names["app"]) as client:
            assert client.get("/ask").json() == "It is on its way."

            def seen():
                page = ConsolePage.of(client.get("/console/").text)
                return page.number("requests") == 1 and page.units("cost") > 0

            wait_for(seen, within=10, what="the run on the overview", pause=0.1)
        with TestClient(names["guarded"]) as client:
            assert client.get("/ops/console/").status_code == 401
            right = client.get("/ops/console/", auth=("ops", "a long password"))
            assert right.status_code == 200
    finally:
        names["stack"].shutdown()


def test_guide_names_every_page_and_key():
    """Each page of the menu is in the guide with its path, and so is its key."""
    keys = GUIDE[GUIDE.index("Keys: ") : GUIDE.index("## Who may see")]
    for page in PAGES:
        if page.in_menu:
            assert page.path.strip("/") in GUIDE
            assert f"`{page.key}` {page.title.lower()}" in " ".join(keys.split())


def test_guide_names_the_defaults():
    """The bounds in the guide and in the settings' page are those in force."""
    bounds = ConsoleSettings()
    settings = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name, value in (
        ("TRACES", bounds.traces),
        ("LOGS", bounds.logs),
        ("HOURS", bounds.hours),
        ("BYTES", f"{bounds.most_bytes // 2**20} MiB"),
    ):
        for text in (GUIDE, settings):
            assert f"| `AGENT_TELEMETRY_CONSOLE_{name}` | {value} |" in text
