"""What becomes of the file: killed in the middle, damaged, of another form."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests

from example_app.inbox.history_file import open_history
from tests.polling import wait_for
from tests.unit.example_app.inbox.conftest import alert, webhook


def test_a_killed_inbox_has_all_it_acknowledged(start, tmp_path):
    """SIGKILL in the middle of deliveries: what was answered with 200 is there again."""
    with _process(tmp_path) as (process, url):
        for number in range(20):
            answer = requests.post(
                f"{url}/alerts", json=webhook(alert(f"Alert{number}")), timeout=10
            )
            assert answer.status_code == 200
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    names = {entry["alertname"] for entry in start(state_dir=tmp_path).listed()}
    assert names == {f"Alert{number}" for number in range(20)}


def test_a_torn_write_loses_the_last_delivery_only(start, tmp_path):
    """A write-ahead log cut short gives up the transaction at its end and no other."""
    with _process(tmp_path) as (process, url):
        for number in range(5):
            requests.post(f"{url}/alerts", json=webhook(alert(f"Alert{number}")), timeout=10)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    log = tmp_path / "inbox.sqlite-wal"
    os.truncate(log, log.stat().st_size - 10)
    names = {entry["alertname"] for entry in start(state_dir=tmp_path).listed()}
    assert names == {f"Alert{number}" for number in range(4)}


@pytest.mark.parametrize("damage", ["rubbish", "middle", "older"])
def test_an_unreadable_file_is_kept_aside_and_told(start, tmp_path, capsys, damage):
    """The inbox starts anew, says so on standard error and on the page, and keeps the file."""
    path = tmp_path / "inbox.sqlite"
    if damage == "rubbish":
        path.write_bytes(b"no database at all" * 100)
    elif damage == "middle":
        first = start(state_dir=tmp_path, history=5000)
        first.deliver(*(alert(f"Alert{number}") for number in range(300)))
        start()  # ends it
        path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 20_000)
    else:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE alert (number INTEGER)")
        database.close()
    before = path.read_bytes()
    inbox = start(state_dir=tmp_path)
    (aside,) = tmp_path.glob("inbox.sqlite.unreadable-*[0-9]")
    assert aside.read_bytes() == before
    said = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert said["event"] == "inbox_history_kept_aside"
    assert said["kept_as"] == str(aside)
    assert str(aside) in inbox.get("/").text
    assert inbox.deliver(alert()).json() == {"accepted": 1}


def test_files_kept_aside_are_few(tmp_path):
    """An inbox that finds rubbish at each start does not fill the disk with it."""
    for number in range(6):
        path = tmp_path / "inbox.sqlite"
        path.unlink(missing_ok=True)
        path.write_bytes(b"rubbish %d" % number * 100)
        open_history(tmp_path).database.close()
    kept = sorted(tmp_path.glob("inbox.sqlite.unreadable-*[0-9]"))
    assert [path.read_bytes()[:9] for path in kept] == [b"rubbish 3", b"rubbish 4", b"rubbish 5"]


def test_a_disk_that_takes_nothing_is_told(start, tmp_path):
    """Alertmanager is told to try again, the page and the metrics say why; then all is well."""
    inbox = start(state_dir=tmp_path)
    other = sqlite3.connect(tmp_path / "inbox.sqlite", isolation_level=None)
    other.execute(
        "CREATE TRIGGER full BEFORE INSERT ON alert BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    refused = inbox.deliver(alert())
    assert refused.status_code == 503
    assert "full" in refused.json()["error"]
    assert "The history cannot be written: full" in inbox.get("/").text
    assert "alert_inbox_history_fault 1.0" in inbox.get("/metrics").text
    assert 'alerts_received_total{alertname="HighErrorRate"' not in inbox.get("/metrics").text
    other.execute("DROP TRIGGER full")
    other.close()
    assert inbox.deliver(alert()).status_code == 200
    assert "alert_inbox_history_fault 0.0" in inbox.get("/metrics").text
    assert "cannot be written" not in inbox.get("/").text


@contextmanager
def _process(state_dir):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "INBOX_STATE_DIR": str(state_dir)}
    process = subprocess.Popen(
        [sys.executable, "-m", "example_app.inbox"], env=environment, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"

    def answers():
        assert process.poll() is None, "the inbox has ended"
        try:
            assert requests.get(f"{url}/health", timeout=1).ok
        except requests.ConnectionError as error:
            raise AssertionError("it does not answer yet") from error
        return True

    try:
        wait_for(answers, within=20, what="the inbox answers", pause=0.05)
        yield process, url
    finally:
        process.kill()
        process.wait(10)
