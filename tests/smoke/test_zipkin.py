"""With the profile `zipkin`: the canary's trace is in Zipkin as it is in Jaeger."""

TOP, AGENT, TOOL = "post /chat", "agent.chat", "tool.lookup_order"


def test_canary_trace_is_in_zipkin(canary, zipkin, poll):
    """In Zipkin the canary's trace is whole: its agent and its tool are below the request."""

    def arrived():
        answer = zipkin.get(f"/api/v2/trace/{canary.trace_id}")
        assert answer.status_code == 200, f"Zipkin answers {answer.status_code}"
        spans = {span["id"]: span for span in answer.json()}
        assert any(span["name"] == TOP for span in spans.values()), "the top span is not there yet"
        return spans

    spans = poll(arrived, within=60, what=f"trace {canary.trace_id} is in Zipkin")
    agents = [s for s in spans.values() if s["localEndpoint"]["serviceName"] == "example-agent"]
    names = [span["name"] for span in agents]
    assert names.count(TOP) == 1, names
    for wanted in (AGENT, TOOL):
        found = [span for span in agents if span["name"] == wanted]
        assert found, f"no span {wanted}: {sorted(names)}"
        for span in found:
            assert _top(spans, span)["name"] == TOP


def _top(spans, span):
    """Return the span at the top of a chain."""
    while span.get("parentId") in spans:
        span = spans[span["parentId"]]
    return span
