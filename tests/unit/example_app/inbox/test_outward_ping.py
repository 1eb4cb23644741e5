"""The ping to a dead man's service outside."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from example_app.inbox import InboxSettings
from example_app.inbox.settings import PingAddressError
from tests.polling import wait_for
from tests.unit.example_app.inbox.conftest import alert

BEAT = alert("Watchdog", severity="none")


class Service:
    """A dead man's service: what it was asked for, what it answers, and whether it hangs."""

    def __init__(self):
        self.paths: list[str] = []
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.paths.append(self.path)
                service.may_answer.wait(30)
                self.send_response(service.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ping/secret-token"


@pytest.fixture
def service() -> Iterator[Service]:
    """A running one."""
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,))
    thread.start()
    yield service
    service.may_answer.set()
    service.server.shutdown()
    thread.join()
    service.server.server_close()


def _pings(inbox, outcome: str) -> float:
    text = inbox.get("/metrics").text
    line = f'alert_inbox_watchdog_pings_total{{outcome="{outcome}"}} '
    return float(text.split(line)[1].split()[0])


def _counted(inbox, outcome: str, number: float) -> None:
    wait_for(
        lambda: _pings(inbox, outcome) == number, within=10, what=f"{outcome} pings", pause=0.02
    )


def test_each_beat_is_passed_on(start, service, tmp_path):
    """One request a beat; other alerts and a resolved Watchdog are none."""
    secret = tmp_path / "ping_url"
    secret.write_text(service.url + "\n")
    inbox = start(ping_url_file=secret)
    inbox.deliver(alert(), alert("Watchdog", status="resolved"))
    for number in (1, 2):
        inbox.deliver(BEAT)
        _counted(inbox, "ok", number)
    assert service.paths == ["/ping/secret-token"] * 2


def test_a_refusal_is_counted_and_never_shows_the_address(start, service, capsys):
    """A service that says no costs the delivery nothing; the secret in its address stays secret."""
    service.status = 500
    inbox = start(ping_url=service.url)
    assert inbox.deliver(BEAT).json() == {"accepted": 1}
    _counted(inbox, "failed", 1)
    told = capsys.readouterr()
    assert "outward ping failed" in told.err
    shown = inbox.get("/metrics").text + inbox.get("/").text
    assert "secret-token" not in told.out + told.err + shown


def test_nobody_there_is_counted(start, service):
    """A refused connection is a failed ping; the beat counts."""
    url = service.url
    service.server.socket.close()
    inbox = start(ping_url=url)
    inbox.deliver(BEAT)
    _counted(inbox, "failed", 1)
    assert inbox.get("/watchdog").status_code == 200


def test_a_service_that_hangs_holds_nothing_up(start, service):
    """Alertmanager is answered while the ping waits; pings do not pile up meanwhile."""
    service.may_answer.clear()
    inbox = start(ping_url=service.url)
    for _ in range(3):
        assert inbox.deliver(BEAT).json() == {"accepted": 1}
    _counted(inbox, "skipped", 2)
    assert _pings(inbox, "ok") == 0
    service.may_answer.set()
    _counted(inbox, "ok", 1)
    assert len(service.paths) == 1


@pytest.mark.parametrize("address", ["ftp://x/", "x", "http://", "http://[", "http://a b/"])
def test_a_bad_address_stops_the_start(address, monkeypatch, tmp_path):
    """The variable is named, its value is not told."""
    monkeypatch.setenv("WATCHDOG_PING_URL", address)
    with pytest.raises(ValidationError, match="WATCHDOG_PING_URL") as refused:
        InboxSettings()
    assert refused.value.errors()[0]["loc"] == ("WATCHDOG_PING_URL",)
    monkeypatch.delenv("WATCHDOG_PING_URL")
    secret = tmp_path / "ping_url"
    secret.write_text(address)
    with pytest.raises(PingAddressError, match="WATCHDOG_PING_URL_FILE"):
        InboxSettings(ping_url_file=secret).ping_address()


@pytest.mark.parametrize("variable", ["WATCHDOG_PING_URL", "WATCHDOG_PING_URL_FILE"])
def test_the_program_says_which_setting_is_bad(variable, tmp_path):
    """It ends with code 2 and one line that names the variable, and not the address."""
    secret = tmp_path / "ping_url"
    secret.write_text("secret-token")
    value = "secret-token" if variable == "WATCHDOG_PING_URL" else str(secret)
    ended = subprocess.run(
        [sys.executable, "-m", "example_app.inbox"],
        env={**os.environ, "PORT": "1", variable: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"inbox: {variable}: ")
    assert "secret-token" not in ended.stdout + ended.stderr


def test_an_empty_or_missing_file_means_no_ping(tmp_path):
    """A secret that nobody has set is no fault."""
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for path in (empty, tmp_path / "none"):
        assert InboxSettings(ping_url_file=path).ping_address() is None
