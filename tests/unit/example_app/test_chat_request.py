"""Reading the body of a request: bounded in size and time, and nobody's hang-up is our error."""

import asyncio
import json
from typing import Any

import pytest

from example_app import chat_request


async def _serve(app: Any, receive: Any, headers: list[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/chat", "query_string": b"",
        "headers": headers, "http_version": "1.1", "asgi": {"version": "3.0"},
        "scheme": "http", "server": ("test", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


JSON = (b"content-type", b"application/json")


def test_hang_up_in_the_body_is_the_clients_doing(client) -> None:
    """A connection closed within the body counts as a client's error, not as ours."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert asyncio.run(_serve(client.app, receive, [JSON]))[0] == 499
    labels = {"method": "POST", "endpoint": "/chat", "tenant_id": "unknown"}
    assert client.sample("agent_requests_total", status="client_error", **labels) == 1
    assert client.sample("agent_requests_total", status="error", **labels) == 0
    assert not client.log(level="ERROR")


def test_body_that_never_ends_is_given_up(client, monkeypatch) -> None:
    """A sender that stalls gets a 408 instead of a connection for ever."""
    monkeypatch.setattr(chat_request, "_MOST_SECONDS", 0.05)

    async def receive() -> dict[str, Any]:
        return await asyncio.Future()

    status, body = asyncio.run(_serve(client.app, receive, [JSON]))
    assert status == 408
    assert json.loads(body)["error"]["code"] == "slow_body"


def test_reading_stops_soon_after_the_bound(client) -> None:
    """A body without a length is held up to 64 KiB and one part, however long it is."""
    parts = []

    async def receive() -> dict[str, Any]:
        parts.append(1)
        return {"type": "http.request", "body": b"x" * 1024, "more_body": True}

    assert asyncio.run(_serve(client.app, receive, [JSON]))[0] == 413
    assert len(parts) == 65


@pytest.mark.parametrize("length", [b"abc", b"-1", b"1e9", b"\xb2"])
def test_wrong_length_is_no_reason_to_break(client, length: bytes) -> None:
    """A content-length that is no number is ignored; the body itself is counted."""
    body = iter([{"type": "http.request", "body": b"{}"}])

    async def receive() -> dict[str, Any]:
        return next(body)

    assert asyncio.run(_serve(client.app, receive, [JSON, (b"content-length", length)]))[0] == 422


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_content_type(client, kind: str, status: int) -> None:
    """Only JSON by its own name is read, so that no form of another site can post here."""
    response = client.request(
        "POST", "/chat", content=b'{"message": "hello"}', headers={"content-type": kind}
    )
    assert response.status_code == status
