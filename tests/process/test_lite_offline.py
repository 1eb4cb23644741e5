"""Lite without a network: from its start to a chatted answer, its waterfall and its log line."""

import re

from commands.checkout import ROOT
from tests.console_page import ConsolePage
from tests.polling import wait_for

_WORDS = {"message": "I want a refund for order 1044"}


def test_lite_needs_nothing_from_outside(start, tmp_path):
    """Start, chat, waterfall, every page and its parts, end: no socket leads off the machine."""
    notes = tmp_path / "notes.txt"
    lite = start(
        PYTHONPATH=str(ROOT / "tests" / "process" / "offline"),
        OFFLINE_NOTES=str(notes),
        SIM_LATENCY_SCALE="0",
    )
    answer = lite.http.post("/chat", json=_WORDS).json()
    assert [tool["name"] for tool in answer["tools"]] == ["lookup_order", "request_refund"]

    def waterfall() -> list[str]:
        text = lite.http.get(f"/console/traces/{answer['trace_id']}").text
        return [span.attributes["data-name"] for span in ConsolePage.of(text).all("span")]

    names = wait_for(waterfall, within=20, what="the trace is in the console")
    assert {"POST /chat", "Agent.Chat", "Tool.request_refund"} <= set(names)
    logs = lite.http.get("/console/logs", params={"request_id": answer["request_id"]}).text
    assert "request_end" in logs
    for path in ("/", "/faults", "/runbooks", "/console/", "/console/alerts"):
        page = lite.http.get(path, headers={"accept": "text/html"})
        assert page.is_success
        assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page.text), path
    lite.child.terminate()
    assert lite.child.wait(timeout=20) is not None
    tried = notes.read_text("utf-8").splitlines()
    assert [line for line in tried if line.startswith("OUTSIDE")] == []
    assert any(line.startswith("here socket.connect") for line in tried), "nobody was watching"
