"""A real Elasticsearch with TLS and logins: nothing gets in without certificate and login.

It cannot issue API keys: their index needs a module that the zip for integration tests has not.
That a key is sent as it should be is shown in tests/unit/agent_telemetry/logs.
"""

import logging
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import trustme

from agent_telemetry import ConfigurationError, ElasticsearchHandler
from commands.checkout import ROOT
from tests.elasticsearch_server import (
    ElasticsearchServer,
    elasticsearch_home,
    elasticsearch_server,
)
from tests.polling import wait_for
from tests.process.elasticsearch_stacks import forget

_LOGIN = ("elastic", "test-only-" + "x" * 12)
_SETTINGS = {
    "xpack.security.enabled": "true",
    "xpack.security.http.ssl.enabled": "true",
    "xpack.security.http.ssl.key": "node.key",
    "xpack.security.http.ssl.certificate": "node.pem",
    "xpack.security.transport.ssl.enabled": "false",
}


@dataclass(frozen=True)
class Secured:
    """A server and what a client needs.

    Attributes:
        server: it.
        authority: PEM file of the authority that signed its certificate.
    """

    server: ElasticsearchServer
    authority: Path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A node with TLS, a certificate for 127.0.0.1, and a superuser."""
    folder = tmp_path_factory.mktemp("authority")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    node = authority.issue_cert("127.0.0.1")
    with elasticsearch_home() as home, elasticsearch_server(home, _SETTINGS, started=False) as it:
        node.private_key_pem.write_to_path(it.config / "node.key")
        node.cert_chain_pems[0].write_to_path(it.config / "node.pem")
        it.add_secret("bootstrap.password", _LOGIN[1])
        it.http.close()
        believed = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        it.http = httpx.Client(base_url=it.url, auth=_LOGIN, verify=believed, timeout=120)
        it.start()
        forget(it)
        # The first document makes the index, which takes its time on a busy machine.
        day = datetime.now(UTC).strftime("%Y.%m.%d")
        it.http.put(f"/agent-logs-{day}").raise_for_status()
        yield Secured(it, folder / "ca.pem")


def _with_login(url: str) -> str:
    return url.replace("//", f"//{_LOGIN[0]}:{_LOGIN[1]}@")


def _write(handler: ElasticsearchHandler, number: int) -> None:
    handler.handle(logging.makeLogRecord({"msg": "record", "levelno": logging.INFO, "n": number}))


def test_by_settings(secured: Secured, tmp_path: Path) -> None:
    """A program that is told URL with a login and authority stores all its records."""
    before = secured.server.stored()
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.log_program", "count=200", "wait=30"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={
            "PATH": "/usr/bin:/bin", "AGENT_TELEMETRY_LOG_DIR": str(tmp_path / "logs"),
            "AGENT_TELEMETRY_ELASTICSEARCH_URL": _with_login(secured.server.url),
            "AGENT_TELEMETRY_ELASTICSEARCH_CA_CERTS": str(secured.authority),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert secured.server.stored() >= before + 201  # the audit record too
    assert _LOGIN[1] not in done.stdout + done.stderr


@pytest.mark.parametrize("how", ["user and password", "user and password in the address"])
def test_by_user_and_password(secured: Secured, how: str) -> None:
    """User and password work too, given apart or in the address."""
    url, login = secured.server.url, _LOGIN
    if how != "user and password":
        url, login = _with_login(url), None
    handler = ElasticsearchHandler(url, basic_auth=login, ca_certs=secured.authority)
    try:
        _write(handler, 1)
        wait_for(lambda: handler.deliver(1) and handler.delivered == 1, within=30, what="it")
    finally:
        handler.close()


def test_certificate_of_nobody_known(secured: Secured, caplog) -> None:
    """Without the authority nothing is sent, and the program goes on; unchecked works if asked."""
    wary = ElasticsearchHandler(secured.server.url, basic_auth=_LOGIN, standby=False)
    trusting = ElasticsearchHandler(
        secured.server.url, basic_auth=_LOGIN, verify_certs=False, flush_interval=0.1
    )
    try:
        _write(wary, 1)
        _write(trusting, 2)
        wait_for(lambda: trusting.deliver(1) and trusting.delivered == 1, within=30, what="it")
        wary.deliver(2)
        wait_for(lambda: "TlsError" in caplog.text, within=30, what="the reason is told")
        assert (wary.delivered, wary.depth) == (0, 1)
    finally:
        wary.close()
        trusting.close()
    assert wary.dropped == {"shutdown": 1}


def test_wrong_key_is_told_and_keeps_the_records(secured: Secured, caplog) -> None:
    """With a wrong key nothing is lost while there is room, and the log says 401, not the key."""
    handler = ElasticsearchHandler(
        secured.server.url, api_key="d3Jvbmc6a2V5", ca_certs=secured.authority, flush_interval=0.1
    )
    try:
        _write(handler, 1)
        wait_for(lambda: handler.deliver(1) or "401" in caplog.text, within=30, what="it is told")
        assert (handler.delivered, handler.depth, handler.dropped) == (0, 1, {})
        assert "d3Jvbmc6a2V5" not in caplog.text
    finally:
        handler.close()


def test_no_authority_file(tmp_path: Path) -> None:
    """A file of authorities that is none stops the start."""
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    with pytest.raises(ConfigurationError, match="ca_certs"):
        ElasticsearchHandler("https://127.0.0.1:9200", ca_certs=tmp_path / "ca.pem")
