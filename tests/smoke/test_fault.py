"""A fault on demand shows in the numbers and goes away again."""

from tests.smoke.metric_samples import read_metrics, total

FAILED = {"tool_name": "lookup_order", "status": "failed"}
SUCCESS = {**FAILED, "status": "success"}
SERIES = "agent_tool_calls_total"


def test_fault_shows_in_metrics_and_ends(app, faults, chats):
    """A fault shows in the metrics, and goes when it is cleared."""
    before = total(read_metrics(app), SERIES, FAILED)
    faults("tool_failure")
    active = {fault["name"]: fault["active"] for fault in app.get("/faults").json()["faults"]}
    assert active["tool_failure"] is True
    answers = chats(2, "fault")
    statuses = {tool["status"] for answer in answers for tool in answer.json()["tools"]}
    assert statuses == {"failed"}
    assert total(read_metrics(app), SERIES, FAILED) >= before + 2
    app.request("DELETE", "/faults", json={}).raise_for_status()
    successes = total(read_metrics(app), SERIES, SUCCESS)
    chats(1, "healed")
    assert total(read_metrics(app), SERIES, SUCCESS) > successes
