"""``POST /chat``: a real answer with every field, and a clear 4xx for everything else."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIELDS = {
    "reply", "session_id", "request_id", "trace_id", "template", "model", "tokens", "cost_usd",
    "cached", "tools", "duration_ms",
}  # fmt: skip


def test_order_is_looked_up_and_answered(client) -> None:
    """The answer has every field, and the tool's result is in the reply."""
    response = client.chat()
    answer = response.json()
    assert response.status_code == 200
    assert set(answer) == FIELDS
    assert [(tool["name"], tool["status"]) for tool in answer["tools"]] == [
        ("lookup_order", "success")
    ]
    assert "shipped" in answer["reply"]
    assert "DHL" in answer["reply"]
    assert answer["request_id"] == response.headers["x-request-id"]
    assert answer["trace_id"] == response.headers["traceparent"].split("-")[1]


def test_research_agent_works_through_two_tools(client) -> None:
    """The research agent fetches prices and calculates with them."""
    answer = client.chat("How did ACME perform over the last 30 days?", template="research").json()
    assert [tool["name"] for tool in answer["tools"]] == ["price_history", "calculator"]
    assert "ACME" in answer["reply"]
    assert answer["template"] == "research"


def test_every_dollar_is_right(client) -> None:
    """Answer, metric and log lines agree, and are the price table's arithmetic by hand."""
    answer = client.chat(tenant_id="acme").json()
    calls = client.log(event="llm_end", trace_id=answer["trace_id"])
    assert len(calls) == 2
    spans = [span for span in client.spans(answer["trace_id"]) if span.name == "chat gpt-4o-mini"]
    by_hand = Decimal(0)
    for span in spans:
        used = span.attributes
        cached = used.get("gen_ai.usage.cache_read.input_tokens", 0)
        by_hand += (used["gen_ai.usage.input_tokens"] - cached) * Decimal("0.00000015")
        by_hand += cached * Decimal("0.000000075")
        by_hand += used["gen_ai.usage.output_tokens"] * Decimal("0.0000006")
    assert answer["cost_usd"] == pytest.approx(float(by_hand), abs=1e-12)
    assert sum(line["cost_usd"] for line in calls) == pytest.approx(answer["cost_usd"])
    assert client.sample(
        "agent_api_cost_usd_total", model="gpt-4o-mini", tenant_id="acme"
    ) == pytest.approx(answer["cost_usd"])
    assert sum(line["tokens_input"] for line in calls) == answer["tokens"]["input"]


def test_waterfall_is_in_order_and_nested(client) -> None:
    """One chat is one trace: the steps under the request, the model and tools under the agent."""
    spans = client.spans(client.chat().json()["trace_id"])
    by_id = {span.context.span_id: span.name for span in spans}
    tree = [(span.name, by_id.get(span.parent.span_id) if span.parent else None) for span in spans]
    rounds = [
        ("call_llm", "Agent.Chat"),
        ("chat gpt-4o-mini", "call_llm"),
        ("HTTP POST", "chat gpt-4o-mini"),
        ("parse_response", "Agent.Chat"),
    ]
    assert tree == [
        ("POST /chat", None),
        ("process_request", "POST /chat"),
        ("auth_check", "process_request"),
        ("rate_limit", "process_request"),
        ("check_cache", "process_request"),
        ("prepare_request", "process_request"),
        ("wait_for_agent", "process_request"),
        ("Agent.Chat", "process_request"),
        *rounds,
        ("Tool.lookup_order", "Agent.Chat"),
        *rounds,
        ("format_response", "process_request"),
    ]


def test_same_question_is_answered_from_the_cache(client) -> None:
    """The second answer is free, says so, and counts as a hit."""
    first, second = (client.chat(tenant_id="acme").json() for _ in range(2))
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["reply"] == first["reply"]
    assert second["cost_usd"] == 0
    read = {"cache_type": "answer", "tenant_id": "acme"}
    assert client.sample("agent_cache_requests_total", result="hit", **read) == 1
    assert client.chat(tenant_id="globex").json()["cached"] is False


def test_session_remembers_the_order(client) -> None:
    """A follow-up without a number is understood from the turn before."""
    session = client.chat().json()["session_id"]
    answer = client.chat("I want a refund for it", session_id=session).json()
    assert answer["session_id"] == session
    assert "request_refund" in [tool["name"] for tool in answer["tools"]]


def test_session_of_another_tenant_is_not_there(client) -> None:
    """A session id gives nothing to another tenant."""
    session = client.chat(tenant_id="acme").json()["session_id"]
    response = client.chat(tenant_id="globex", session_id=session)
    assert response.status_code == 404
    assert response.json()["error"]["field"] == "session_id"


def test_key_decides_the_tenant(client) -> None:
    """A key names its tenant; a differing body is refused, a wrong key too."""

    def status(key: str, **body: str) -> int:
        headers = {"x-api-key": key}
        sent = {"message": "hello", **body}
        return client.request("POST", "/chat", json=sent, headers=headers).status_code

    assert status("demo-key-acme") == 200
    assert status("demo-key-acme", tenant_id="acme") == 200
    assert status("demo-key-acme", tenant_id="globex") == 403
    assert status("demo-key-nobody") == 401


def test_key_can_be_required(make_client) -> None:
    """With AUTH_REQUIRED a request without a key gets a 401 that says what to send."""
    response = make_client(auth_required=True).chat()
    assert response.status_code == 401
    assert "X-API-Key" in response.json()["error"]["message"]


BAD = [
    (b"", 400, None),
    (b"not json", 400, None),
    (b"[]", 400, None),
    (b'"text"', 400, None),
    (b"\xff\xfe", 400, None),
    (b"[" * 50_000, 400, None),
    (b"{}", 422, "message"),
    (b'{"message": ""}', 422, "message"),
    (b'{"message": "  \\n "}', 422, "message"),
    (b'{"message": 7}', 422, "message"),
    (b'{"message": null}', 422, "message"),
    (b'{"message": ["x"]}', 422, "message"),
    (b'{"message": "a\\u0000b"}', 422, "message"),
    (b'{"message": "a\\u001b[31m"}', 422, "message"),
    (b'{"message": "\\ud800"}', 422, "message"),
    (b'{"message": "x", "template": "poet"}', 422, "template"),
    (b'{"message": "x", "stream": "yes"}', 422, "stream"),
    (b'{"message": "x", "tenant_id": "../etc"}', 422, "tenant_id"),
    (b'{"message": "x", "session_id": ""}', 422, "session_id"),
    (b'{"message": "x", "sesion_id": "typo"}', 422, "sesion_id"),
    (b'{"message": "' + b"x" * 70_000 + b'"}', 413, None),
    (b"x" * 10_000_000, 413, None),
]


@pytest.mark.parametrize(("body", "status", "field"), BAD)
def test_bad_input_is_told_clearly(client, body: bytes, status: int, field: str | None) -> None:
    """Bad input gets a 4xx in JSON, a metric and a log line; never a 5xx."""
    headers = {"content-type": "application/json", "x-request-id": "bad-1"}
    response = client.request("POST", "/chat", content=body, headers=headers)
    assert response.status_code == status
    told = response.json()
    assert told["request_id"] == "bad-1"
    assert told["error"]["message"]
    assert told["error"].get("field") == field
    assert (
        sum(
            client.sample(
                "agent_requests_total",
                method="POST",
                endpoint="/chat",
                status="client_error",
                tenant_id=tenant,
            )
            for tenant in ("unknown", "public")
        )
        == 1
    )
    (line,) = client.log(event="request_end", request_id="bad-1")
    assert line["status"] == "client_error"


def test_body_is_not_read_past_its_bound(client) -> None:
    """A body without a length is given up as soon as it is too long."""
    sent = []

    async def endless():
        for _ in range(10_000):
            sent.append(1)
            yield b"x" * 1024

    response = client.request(
        "POST", "/chat", content=endless(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/chat", 405), ("GET", "/nope", 404), ("POST", "/chat", 415)],
)
def test_framework_refusals_have_our_shape(client, method: str, path: str, status: int) -> None:
    """404, 405 and 415 are JSON with a code and a request id too."""
    response = client.request(method, path, content=b"x" if status == 415 else None)
    assert response.status_code == status
    assert response.json()["error"]["code"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda value: json.dumps(value).encode()),
        st.dictionaries(
            st.sampled_from(["message", "template", "tenant_id", "session_id", "user_id"]),
            st.text(max_size=80),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_body_breaks_the_agent(client, body: bytes) -> None:
    """Whatever is posted, the answer is JSON and no 5xx."""
    response = client.request(
        "POST", "/chat", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code < 500
    assert isinstance(response.json(), dict)


def test_two_hundred_chats_at_once_all_answer(client) -> None:
    """200 concurrent chats wait for their agents and all get their own answer."""
    bodies = [
        {"message": f"Where is my order 104{number % 5 + 2}?", "tenant_id": f"t{number}"}
        for number in range(200)
    ]
    responses = client.chats(bodies)
    assert {response.status_code for response in responses} == {200}
    for body, response in zip(bodies, responses, strict=True):
        assert body["message"].split()[-1].rstrip("?") in response.json()["reply"]
    assert len({response.json()["trace_id"] for response in responses}) == 200
    assert client.sample("agent_active_count") == 0


def test_full_pool_is_a_clear_503(make_client) -> None:
    """Without an agent or a place in the queue the answer is 503, counted as our error."""
    client = make_client(agent_pool_max_size=1, agent_queue_size=0)
    bodies = [{"message": f"Where is my order {number}?"} for number in range(1040, 1060)]
    responses = client.chats(bodies)
    full = [response for response in responses if response.status_code == 503]
    assert full
    assert full[0].json()["error"]["code"] == "pool_full"
    labels = {"method": "POST", "endpoint": "/chat", "status": "error", "tenant_id": "public"}
    assert client.sample("agent_requests_total", **labels) == len(full)


def test_stream_ends_with_the_whole_answer(client) -> None:
    """Server-sent events: the tool, the tokens as they come, then the same JSON as without."""
    response = client.chat(stream=True)
    events = []
    for block in response.text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        events.append((fields["event"], json.loads(fields["data"])))
    names = [name for name, _ in events]
    assert names[0] == "tool"
    assert names[-1] == "done"
    assert set(events[-1][1]) == FIELDS
    said = "".join(data["text"] for name, data in events if name == "token")
    assert said == events[-1][1]["reply"]
    assert events[-1][1]["cost_usd"] > 0


def test_stream_that_cannot_start_is_refused_as_any_request(client) -> None:
    """What fails before the first event has its status and JSON, so that it is counted right."""
    response = client.chat(stream=True, template="poet")
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unknown_template"


def test_feedback_is_counted(client) -> None:
    """A thumb for an answer moves its counter; a wrong one is refused."""
    trace_id = client.chat().json()["trace_id"]
    given_ = client.request("POST", "/feedback", json={"trace_id": trace_id, "rating": "up"})
    assert given_.status_code == 200
    assert client.sample("agent_user_actions_total", action="feedback_up") == 1
    wrong = client.request("POST", "/feedback", json={"trace_id": "x", "rating": "up"})
    assert wrong.status_code == 422
