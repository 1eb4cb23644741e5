"""Broken HTTP, strange paths and methods: refused or hung up on, never an error of ours."""

import socket

import httpx
import pytest

from tests.process.conftest import a_free_port, lites
from tests.process.hostile_input import MARK
from tests.process.hostile_requests import check_well, raw


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """One lite version for all of this module: what one test leaves behind meets the next."""
    directory = tmp_path_factory.mktemp("hostile")
    with lites(directory, a_free_port()) as start:
        yield start(SIM_LATENCY_SCALE="0", BENCHMARK_SECONDS="0")


@pytest.fixture(autouse=True)
def _still_well(lite):
    """After each test it is alive, ready, its metrics parse, and no label holds hostile text."""
    yield
    check_well(lite)


@pytest.mark.parametrize(
    "path",
    [
        f"/chat/../../{MARK}",
        f"/{MARK}%2f..%2f..%2fetc%2fpasswd",
        f"/%00{MARK}",
        f"//{MARK}/chat",
        f"/{MARK}/%ff%fe",
        f"/faults/{MARK}%0d%0aX-Evil:1",
        f"/metrics/{MARK}",
        f"/chat?message={MARK}",
        "/" + MARK * 1000,
        f"/<script>{MARK}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", MARK.upper()])
def test_strange_path_or_method_is_refused(lite, method, path):
    """Unknown paths and methods are 4xx, make no label, and reach no file."""
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(lite, request.encode(), hang_up=False)
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500
    assert b"root:" not in answer
    assert b"X-Evil" not in answer.split(b"\r\n\r\n")[0]
    assert b"Traceback" not in answer


GOOD = b'{"message": "Where is my order 1042?"}'
HEAD = b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
UPGRADE = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aDBzdDFsZWgwc3QxbGU=\r\n\r\n"
)

#: Broken HTTP, and the statuses that are a safe answer; None: the connection may just be closed.
BROKEN = {
    "chunks cut off": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{", {400, 499, None}),
    "chunk size is no number": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        {400, 499, None},
    ),
    "chunk size is huge": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
        {400, 413, 499, None},
    ),
    "body shorter than its length": (
        HEAD + b"Content-Length: 500\r\n\r\n" + GOOD,
        {400, 499, None},
    ),
    "negative length": (HEAD + b"Content-Length: -1\r\n\r\n", {400, None}),
    "length in other digits": (
        HEAD + "Content-Length: \u0661\u0660\r\n\r\n".encode() + GOOD,
        {400, 499, None},
    ),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 38\r\n\r\n" + GOOD, {400, None}),
    "length and chunks": (
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400, 499, None},
    ),
    "no length at all": (HEAD + b"\r\n" + GOOD, {400, 411, None}),
    "huge header": (HEAD + b"X-Huge: " + b"h0st1le" * 20_000 + b"\r\n\r\n", {400, 431, None}),
    "ten thousand headers": (HEAD + b"X-H: h0st1le\r\n" * 10_000 + b"\r\n", {400, 431, None}),
    "header without a colon": (HEAD + b"h0st1le\r\n\r\n", {400, None}),
    "header with a null byte": (HEAD + b"X-A: h0\x00st1le\r\n\r\n", {400, None}),
    "folded header": (HEAD + b"X-Request-ID: a\r\n h0st1le: b\r\n\r\n", {400, None}),
    "bare line feeds": (HEAD.replace(b"\r\n", b"\n") + b"\n" + GOOD, {400, 411, None}),
    "no http": (b"\x16\x03\x01h0st1le\r\n\r\n", {400, None}),
    # HTTP/0.9, and a target with a scheme (RFC 9112, 3.2.2): a lenient parser may answer them.
    "ancient http": (b"GET /health\r\n\r\n", {200, 400, None}),
    "http of the future": (b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n", {200, 400, 505, None}),
    "half a request line": (b"POST /ch", {400, None}),
    "another scheme": (b"GET gopher://h0st1le/ HTTP/1.1\r\nHost: x\r\n\r\n", {200, 400, 404, None}),
    "upgrade to a web socket": (
        UPGRADE,
        {400, 403, 404, 405, 426, None},
    ),
    "expectation that cannot be met": (
        HEAD + b"Expect: h0st1le\r\nContent-Length: 38\r\nConnection: close\r\n\r\n" + GOOD,
        {200, 400, 417, None},
    ),
}


@pytest.mark.parametrize("case", list(BROKEN.values()), ids=list(BROKEN))
def test_broken_http_makes_no_error(lite, case):
    """What is no HTTP is refused, hung up on or understood, without an error of ours."""
    request, statuses = case
    answer = raw(lite, request, hang_up=True)
    status = int(answer.split(b" ", 2)[1]) if answer else None
    assert status in statuses, answer[:300]
    assert b"Traceback" not in answer


def test_client_that_hangs_up_is_no_error(lite):
    """Who closes the connection before the answer is no failure of the agent's."""
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", lite.port), timeout=10) as connection:
            connection.sendall(HEAD + b"Content-Length: 38\r\n\r\n" + GOOD)
    with httpx.Client(base_url=lite.http.base_url) as other:
        assert other.get("/ready").is_success
