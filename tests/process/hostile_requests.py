"""A lite version that hostile input is sent to, and what each of its answers has to be."""

import json
import socket
from contextlib import suppress

import httpx
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.process.conftest import Lite
from tests.process.hostile_input import MARK, SCRIPT
from tests.smoke.metric_samples import read_metrics

SAFE_ID = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")

_JSON = ("Content-Type", "application/json")


def check_well(lite: Lite) -> None:
    """Hold the agent against what it has to be after anything hostile.

    It is alive and ready, its metrics parse, and no label holds hostile text.
    """
    assert lite.child.poll() is None
    assert lite.http.get("/ready").is_success
    for family in text_string_to_metric_families(read_metrics(lite.http)):
        for sample in family.samples:
            assert MARK not in "".join(sample.labels.values()), sample
            assert not any("<" in value for value in sample.labels.values()), sample


def check_safe(response: httpx.Response) -> httpx.Response:
    """Hold one answer against what every answer has to be; return it."""
    assert response.status_code < 500, response.text[:500]
    assert "Traceback" not in response.text
    assert "site-packages" not in response.text
    (request_id,) = response.headers.get_list("x-request-id")
    assert set(request_id) <= SAFE_ID
    assert len(request_id) <= 128
    assert "set-cookie" not in response.headers
    if response.headers["content-type"].startswith("text/html"):
        assert SCRIPT not in response.text
    return response


def post(
    lite: Lite, body: bytes, headers: list[tuple[str, str]] | None = None, path: str = "/chat"
) -> httpx.Response:
    """Post a body as it stands."""
    sent = [(k.encode(), v.encode("latin-1")) for k, v in (_JSON, *(headers or []))]
    return check_safe(lite.http.post(path, content=body, headers=sent))


def chat(lite: Lite, message: str, **body: object) -> httpx.Response:
    """Post one message."""
    return post(lite, json.dumps({"message": message, **body}).encode())


def raw(lite: Lite, request: bytes, *, hang_up: bool) -> bytes:
    """Send bytes as they stand; return what comes back until the server closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", lite.port), timeout=10) as connection:
        # Who says nonsense may be hung up on in the middle of it.
        with suppress(ConnectionError, OSError):
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                answer += part
    return answer
