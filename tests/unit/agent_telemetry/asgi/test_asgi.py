"""The middleware: every request counted once, timed to its last byte, named in every signal."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from agent_telemetry import ObservabilityStack, get_request_context

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def app_of(stack: ObservabilityStack, **own: Callable[..., Any]) -> Starlette:
    """An app that is not ours."""

    async def item(request: Request) -> Response:
        stack.bind(tenant_id="acme")
        return PlainTextResponse(get_request_context().request_id)

    async def status(request: Request) -> Response:
        return PlainTextResponse("x", status_code=int(request.path_params["code"]))

    async def boom(request: Request) -> Response:
        raise ValueError("no")

    async def stream(request: Request) -> Response:
        async def parts():
            yield b"one"
            stack.metrics.inc("agent_created_total")
            yield b"two"

        return StreamingResponse(parts())

    routes = [
        Route("/items/{item_id}", item),
        Route("/status/{code}", status),
        Route("/boom", boom),
        Route("/stream", stream),
        *(Route(path, handler) for path, handler in own.items()),
    ]
    app = Starlette(routes=routes)
    stack.instrument(app)
    return app


async def get(app: Any, path: str, **headers: str) -> httpx.Response:
    """Ask the app over ASGI."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture
def anyio_backend() -> str:
    """Run the asynchronous tests on asyncio."""
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_endpoint_label_is_the_route_template(stack) -> None:
    """Two paths of one route are one series; a path of no route has one shared value."""
    app = app_of(stack)
    for path in ("/items/1", "/items/2", "/nope/1", "/nope/2"):
        await get(app, path)
    read = stack.registry.get_sample_value
    labels = {"method": "GET", "status": "success", "tenant_id": "acme"}
    assert read("agent_requests_total", {"endpoint": "/items/{item_id}", **labels}) == 2
    missing = {"method": "GET", "endpoint": "unmatched", "status": "404"}
    assert read("http_requests_total", missing) == 2


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(200, "success"), (302, "success"), (404, "client_error"), (429, "rejected"), (503, "error")],
)
async def test_outcome_follows_the_status(stack, code: int, outcome: str) -> None:
    """2xx and 3xx succeed, 429 is rejected, other 4xx the client's error, 5xx ours."""
    await get(app_of(stack), f"/status/{code}")
    labels = {"method": "GET", "endpoint": "/status/{code}", "tenant_id": "unknown"}
    read = stack.registry.get_sample_value
    assert read("agent_requests_total", {**labels, "status": outcome}) == 1


async def test_failure_that_is_an_answer_counts_by_its_status(stack) -> None:
    """A handler that makes 502 of its failure is counted too; a client's error is none."""
    app = app_of(stack)
    await get(app, "/status/502")
    await get(app, "/status/404")
    read = stack.registry.get_sample_value
    assert read("errors_total", {"error_type": "502", "endpoint": "/status/{code}"}) == 1
    assert read("errors_total", {"error_type": "404", "endpoint": "/status/{code}"}) is None


async def test_exception_counts_as_500_and_goes_on(stack, log_lines, finished) -> None:
    """A raising handler answers 500, is counted with its class and told with its traceback."""
    response = await get(app_of(stack), "/boom")
    assert response.status_code == 500
    read = stack.registry.get_sample_value
    assert read("errors_total", {"error_type": "ValueError", "endpoint": "/boom"}) == 1
    (line,) = [each for each in log_lines() if each.get("event") == "request_end"]
    assert line["level"] == "ERROR"
    assert line["exception"]["type"] == "ValueError"
    assert finished()["GET /boom"].attributes["http.response.status_code"] == 500


async def test_callers_ids_are_taken_over(stack, finished, log_lines) -> None:
    """A safe X-Request-ID and a traceparent are used in every signal and returned."""
    response = await get(
        app_of(stack), "/items/1", X_Request_ID="canary-1.a_B", traceparent=TRACEPARENT
    )
    assert response.text == response.headers["x-request-id"] == "canary-1.a_B"
    assert response.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    (line,) = [each for each in log_lines() if each.get("event") == "request_end"]
    assert line["request_id"] == "canary-1.a_B"
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert format(finished()["GET /items/{item_id}"].parent.span_id, "016x") == "b7ad6b7169203331"


@pytest.mark.parametrize("given", ["", "a" * 129, "with space", "semi;colon", "<b>", "a\tb"])
async def test_unsafe_request_id_is_replaced(stack, given: str) -> None:
    """An id that could break a log line or a link is replaced by one of our own."""
    response = await get(app_of(stack), "/items/1", X_Request_ID=given)
    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["x-request-id"])


async def test_stream_is_timed_to_its_last_byte(stack) -> None:
    """A streamed answer is counted after its last part."""
    response = await get(app_of(stack), "/stream")
    assert response.text == "onetwo"
    labels = {"method": "GET", "endpoint": "/stream", "tenant_id": "unknown"}
    read = stack.registry.get_sample_value
    assert read("agent_request_duration_seconds_count", labels) == 1
    assert read("agent_active_connections") == 0


async def test_stream_that_breaks_counts_as_failed(stack) -> None:
    """A request that failed after its answer had begun is an error, not a success."""

    async def breaks(request: Request) -> Response:
        async def parts():
            yield b"one"
            stack.fail_request(502)

        return StreamingResponse(parts())

    response = await get(app_of(stack, **{"/breaks": breaks}), "/breaks")
    assert response.status_code == 200
    labels = {"method": "GET", "endpoint": "/breaks", "tenant_id": "unknown"}
    read = stack.registry.get_sample_value
    assert read("agent_requests_total", {**labels, "status": "error"}) == 1
    assert read("agent_requests_total", {**labels, "status": "success"}) == 0


async def test_probes_are_in_no_agent_metric(stack, log_lines, spans) -> None:
    """Probes answer, and leave neither metric nor span nor log line."""
    app = app_of(stack)
    assert (await get(app, "/health")).text == "OK"
    assert (await get(app, "/ready")).text == "Ready"
    metrics = await get(app, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert metrics.text.endswith("# EOF\n")
    assert 'endpoint="/metrics"' not in metrics.text
    assert stack.flush(5)
    assert not spans.get_finished_spans()
    assert not [line for line in log_lines() if line.get("event") == "request_end"]


async def test_not_ready_is_503_and_says_why(stack) -> None:
    """A check that fails or raises turns /ready into 503 and names it, in JSON on request."""
    stack.readiness("model", lambda: 1 / 0)
    app = app_of(stack)
    plain = await get(app, "/ready")
    assert (plain.status_code, plain.text) == (503, "Not Ready: model")
    assert (await get(app, "/ready", Accept="application/json")).json() == {
        "status": "Not Ready",
        "checks": {"audit": True, "model": False},
    }


async def test_endpoint_of_the_app_is_left_to_it(stack) -> None:
    """A path that the app answers itself is not taken over."""

    async def health(request: Request) -> Response:
        return PlainTextResponse("mine")

    assert (await get(app_of(stack, **{"/health": health}), "/health")).text == "mine"


@pytest.mark.parametrize("path", ["*", "", "//", "/items"])
async def test_any_path_is_served(stack, path: str) -> None:
    """A path without a slash, as OPTIONS may have, reaches the app like any other."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    scope = {"type": "http", "method": "OPTIONS", "path": path, "headers": []}
    await stack.asgi(app)(scope, None, None)
    assert seen == [path]


async def test_other_scopes_pass_untouched(stack) -> None:
    """Lifespan and websocket scopes reach the app as they are."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope = {"type": "websocket", "path": "/ws"}
    await stack.asgi(app)(scope, None, None)
    assert seen == [scope]
    assert seen[0] is scope
