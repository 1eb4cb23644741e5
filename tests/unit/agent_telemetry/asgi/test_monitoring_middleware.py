"""Guide D's name for the middleware."""

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from agent_telemetry import MonitoringMiddleware
from tests.scrape import scraped


def app() -> FastAPI:
    """Return an app with a plain, a failing, a streaming and a websocket route."""
    made = FastAPI()

    @made.get("/hello/{name}")
    def hello(name: str) -> str:
        return name

    @made.get("/fails")
    def fails() -> None:
        raise ValueError("no")

    @made.get("/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter([b"a", b"b"]))

    @made.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("open")
        await websocket.close()

    return made


@pytest.mark.parametrize("named", [True, False])
def test_it_is_added_as_in_the_guide(stack, named) -> None:
    """With or without ``stack=``: requests are counted by route, exceptions as 500, and go on."""
    service = app()
    service.add_middleware(MonitoringMiddleware, **({"stack": stack} if named else {}))
    with TestClient(service, raise_server_exceptions=False) as client:
        assert client.get("/hello/ann").json() == "ann"
        assert client.get("/fails").status_code == 500
        assert client.get("/stream").text == "ab"
        with client.websocket_connect("/socket") as socket:
            assert socket.receive_text() == "open"
    assert scraped(stack, "http_requests_total", endpoint="/hello/{name}", status="200") == 1
    assert scraped(stack, "http_requests_total", endpoint="/fails", status="500") == 1
    assert scraped(stack, "errors_total", endpoint="/fails", error_type="ValueError") == 1
    assert scraped(stack, "agent_requests_total", endpoint="/stream", status="success") == 1
    assert scraped(stack, "http_requests_total", endpoint="/socket") is None


def test_without_any_stack_it_says_what_is_missing(stack) -> None:
    """The error comes at start and names the call that was forgotten."""
    stack.shutdown()
    with pytest.raises(RuntimeError, match="create_observability_stack"):
        MonitoringMiddleware(app())
