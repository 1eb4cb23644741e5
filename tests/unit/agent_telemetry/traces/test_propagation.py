"""Traces that go on elsewhere: by ``requests``, by any other client, and from a queue."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from opentelemetry import baggage
from opentelemetry import context as otel_context

from agent_telemetry import Settings, create_observability_stack
from tests.process.otlp_receiver import OtlpReceiver

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


class Shop(ThreadingHTTPServer):
    """Somebody else's service: keeps the headers of what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self.server.asked.append({key.lower(): value for key, value in self.headers.items()})
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A running service."""
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_calls_by_requests_are_spans_and_our_export_is_none(shop: Shop) -> None:
    """Each call is a CLIENT span below the agent's and carries its context; shutdown undoes it."""
    plain = requests.Session.send
    url = f"http://127.0.0.1:{shop.server_port}"
    with OtlpReceiver() as backend:
        stack = create_observability_stack(
            settings=Settings(
                service_name="a",
                otlp_traces_endpoint=f"{backend.url}/v1/traces",
                log_stdout=False,
                strict=True,
            )
        )
        try:
            assert stack.instrument_requests()
            assert stack.instrument_requests(), "a second call changes nothing"
            with stack.agent("support") as run:
                requests.get(f"{url}/orders?mail=ada@example.com", timeout=5)
                requests.get(f"{url}/missing", timeout=5)
                trace_id = run.trace_id
            for _ in range(3):  # what an export told of itself would come with the next one
                assert stack.flush(5)
        finally:
            stack.shutdown()
        assert requests.Session.send is plain
        requests.get(f"{url}/after", timeout=5)
    names = sorted(span.name for span in backend.spans)
    assert names == ["Agent.Chat", "GET", "GET"]
    calls = [span for span in backend.spans if span.name == "GET"]
    assert {call.trace_id for call in calls} == {trace_id}
    assert [call.tags["http.response.status_code"] for call in calls] == ["200", "404"]
    assert calls[0].tags["url.full"] == f"{url}/orders?mail=[redacted:email]"
    assert calls[1].tags["error"] == "true"
    first, second, after = shop.asked
    assert first["traceparent"].split("-")[1] == trace_id
    assert first["traceparent"] != second["traceparent"]
    assert "traceparent" not in after


def test_second_stack_leaves_the_first_ones_calls(make_stack, stack, shop: Shop) -> None:
    """Who comes second is told so, and does not take the tracing away when it stops."""
    assert stack.instrument_requests()
    other = make_stack()
    assert not other.instrument_requests()
    other.shutdown()
    with stack.chain("step"):
        requests.get(f"http://127.0.0.1:{shop.server_port}/", timeout=5)
    assert "traceparent" in shop.asked[0]
    stack.shutdown()


def test_headers_are_those_of_the_current_span(stack) -> None:
    """Any client can carry the trace on; baggage stays here; outside a trace there is nothing."""
    assert stack.headers() == {}
    token = otel_context.attach(baggage.set_baggage("user", "ada"))
    with stack.chain("step") as step:
        found = stack.headers()
    otel_context.detach(token)
    assert list(found) == ["traceparent"]
    assert found["traceparent"].startswith(f"00-{step.trace_id}-{step.span_id}-0")


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": PARENT},
        {"Traceparent": PARENT.encode(), "other": b"\xff"},
        [("other", b"1"), ("traceparent", PARENT.encode())],
    ],
)
def test_message_continues_its_trace(stack, finished, headers) -> None:
    """Work on a queue's message belongs to its sender's trace, what follows does not."""
    with stack.continue_trace(headers), stack.chain("work") as work:
        assert work.trace_id == TRACE_ID
    with stack.chain("next") as following:
        assert following.trace_id != TRACE_ID
    assert f"{finished()['work'].parent.span_id:016x}" == SPAN_ID


@pytest.mark.parametrize("headers", [None, {}, {"traceparent": "rubbish"}, [("x", "y")]])
def test_message_without_a_trace_changes_nothing(stack, headers) -> None:
    """The work stays in the trace that it is in, and its error goes through."""
    with stack.chain("outer") as outer:
        with stack.continue_trace(headers), stack.chain("work") as work:
            assert work.trace_id == outer.trace_id
        with pytest.raises(KeyError), stack.continue_trace(headers):
            raise KeyError("work")
