"""Faults: seen in answers, metrics and logs while they are on, gone afterwards."""


def test_tool_failure_is_told_to_the_person_and_counted(client) -> None:
    """While tools fail the agent says so, failed calls are counted; afterwards all is well."""
    assert client.request("PUT", "/faults/tool_failure", json={}).json()["active"] is True
    answer = client.chat().json()
    assert answer["tools"][0]["status"] == "failed"
    assert "could not" in answer["reply"]
    labels = {"tool_name": "lookup_order"}
    assert client.sample("agent_tool_calls_total", status="failed", **labels) == 1
    assert client.log(event="tool_end", error_type="tool_failure", level="ERROR")
    client.request("DELETE", "/faults/tool_failure")
    again = client.chat().json()
    assert again["tools"][0]["status"] == "success"
    assert again["cached"] is False


def test_provider_failure_is_a_502_and_counts_as_error(client) -> None:
    """While the provider answers 500 the chat is a clear 502; the error is told once a call."""
    started = client.request("PUT", "/faults/provider_500", json={"duration_seconds": 60})
    assert started.status_code == 200
    response = client.chat()
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "model_unavailable"
    labels = {"method": "POST", "endpoint": "/chat", "status": "error", "tenant_id": "public"}
    assert client.sample("agent_requests_total", **labels) == 1
    calls = client.sample("ai_model_calls_total", model="gpt-4o-mini", status="error")
    told = client.log(event="llm_end", level="ERROR")
    assert len(told) == calls == 3
    assert told[0]["exception"]["traceback"]
    client.request("DELETE", "/faults")
    assert client.chat().status_code == 200


def test_rate_limited_provider_names_its_code(client) -> None:
    """The provider's own error code is the error type in every signal."""
    client.request("PUT", "/faults/provider_429", json={})
    assert client.chat().status_code == 502
    assert {line["error_type"] for line in client.log(event="llm_end")} == {"rate_limit_exceeded"}


def test_faults_are_listed_with_those_of_the_simulator(client) -> None:
    """One list shows the agent's faults and the model's."""
    names = [each["name"] for each in client.request("GET", "/faults").json()["faults"]]
    assert {"tool_failure", "provider_500"} <= set(names)


def test_unknown_fault_and_wrong_numbers_are_refused(client) -> None:
    """A fault that is not there is a 404, a wrong number a 4xx, both in JSON."""
    assert client.request("PUT", "/faults/earthquake", json={}).status_code == 404
    wrong = client.request("PUT", "/faults/tool_failure", json={"duration_seconds": -1})
    assert wrong.status_code == 422
    plain = client.request("PUT", "/faults/tool_failure", content=b"{}")
    assert plain.status_code == 415


def test_faults_are_off_unless_switched_on(make_client) -> None:
    """Without FAULTS_ENABLED there is no such page."""
    client = make_client(faults_enabled=False)
    assert client.request("GET", "/faults").status_code == 404
