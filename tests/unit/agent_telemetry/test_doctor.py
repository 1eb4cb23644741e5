"""The doctor names what is wrong, what to do, and changes nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent_telemetry.doctor import Finding, examine, main
from agent_telemetry.workers.folder import WorkerFolder


class Collector(BaseHTTPRequestHandler):
    """Takes spans at /v1/traces, as a collector does."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@pytest.fixture
def collector() -> Iterator[str]:
    """The base URL of something that takes spans."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def by_subject(env: dict[str, str]) -> dict[str, Finding]:
    """The findings for an environment."""
    return {each.subject: each for each in examine(env)}


def test_all_is_well(collector: str, tmp_path: Path) -> None:
    """Endpoint, folders and prices that work are said to work, and nothing is left behind."""
    found = by_subject(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
            "AGENT_TELEMETRY_LOG_DIR": str(tmp_path / "logs"),
            "AGENT_TELEMETRY_STATE_DIR": str(tmp_path / "state"),
        }
    )
    assert {each.verdict for each in found.values()} == {"ok"}
    assert list((tmp_path / "logs").iterdir()) == []


def test_wrong_setting_is_named() -> None:
    """A value that is not accepted is named with its variable."""
    found = by_subject({"AGENT_TELEMETRY_LOG_LEVEL": "LOUD"})
    assert found["settings"].verdict == "problem"
    assert "AGENT_TELEMETRY_LOG_LEVEL" in found["settings"].detail


def test_backend_away_and_wrong_path(collector: str) -> None:
    """An endpoint that does not answer and one that refuses are told apart."""
    away = by_subject({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert "does not answer" in away["traces"].detail
    wrong = by_subject({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector}/wrong"})
    assert wrong["traces"].verdict == "problem"
    assert "404" in wrong["traces"].detail


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    """A folder that cannot be made is a problem of its variable."""
    file = tmp_path / "taken"
    file.write_text("", "utf-8")
    found = by_subject({"AGENT_TELEMETRY_STATE_DIR": str(file / "state")})
    assert found["state"].verdict == "problem"
    assert "AGENT_TELEMETRY_STATE_DIR" in found["state"].detail


def test_several_workers_lose_exemplars_and_are_told_so(tmp_path: Path) -> None:
    """The multiprocess mode works, with the loss named; a missing folder is a problem."""
    found = by_subject({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)})
    assert "exemplars are lost" in found["workers"].detail
    missing = by_subject({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "none")})
    assert missing["workers"].verdict == "problem"
    assert "a folder that exists" in missing["workers"].detail


def test_whose_the_workers_folder_is(tmp_path: Path) -> None:
    """Whoever is at work in the folder is named; what a dead instance left is to be cleared."""
    env = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    folder = WorkerFolder.claim(tmp_path, "shop")
    (tmp_path / "counter_1.db").touch()
    assert (
        f"service shop (process {folder.first_pid}) is at work" in by_subject(env)["workers"].detail
    )
    folder.release()
    assert "cleared at the start" in by_subject(env)["workers"].detail


def test_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Readable lines, or JSON; the exit code says whether there is a problem."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert main([]) == 1
    assert "✗ traces" in capsys.readouterr().out
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["subject"] == "settings"
