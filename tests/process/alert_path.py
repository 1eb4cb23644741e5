"""Prometheus with the shipped rules, and the inbox, as processes; between them a plain relay.

Alertmanager itself is not here: Debian's reads files that only its package's place has. Its routes
are proven by `amtool` and on the whole stack.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import yaml

from commands.checkout import ROOT
from prometheus.generate import main as write_rules
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port

_LINKS = ("LINK_GRAFANA", "LINK_INBOX", "LINK_JAEGER")


class _Relay(BaseHTTPRequestHandler):
    """Hands each alert on to the inbox at once, as Alertmanager's webhook does after its waits."""

    inbox = ""

    def do_POST(self) -> None:
        alerts = json.loads(self.rfile.read(int(self.headers["content-length"])))
        now = datetime.now(UTC)
        for alert in alerts:
            over = datetime.fromisoformat(alert["endsAt"]) <= now
            alert["status"] = "resolved" if over else "firing"
        httpx.post(f"{self.inbox}/alerts", json={"receiver": "inbox", "alerts": alerts})
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def alert_path(directory: Path, app: str, *, time_scale: float) -> Iterator[Mapping[str, str]]:
    """Give the addresses of Prometheus and of the inbox; they watch one agent.

    Args:
        directory: for their files.
        app: host and port of the agent.
        time_scale: factor on every `for` and window of the rules.
    """
    prometheus = program("prometheus")
    ports = {name: a_free_port() for name in ("prometheus", "logger")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    assert write_rules(["--time-scale", str(time_scale), "--out", str(directory)]) == 0
    with ExitStack() as running:
        relay = running.enter_context(_relay(urls["logger"]))
        (directory / "prometheus.yml").write_text(_scrape(directory, app, relay), "utf-8")
        words = {
            "logger": (sys.executable, "-m", "example_app.inbox"),
            "prometheus": (
                prometheus,
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
                "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",
            ),
        }
        variables = {"PORT": str(ports["logger"]), "HOST": "127.0.0.1"} | dict.fromkeys(_LINKS, "x")
        for name, command in words.items():
            running.enter_context(_process(command, variables, directory / f"{name}.txt"))
        for url in (f"{urls['logger']}/health", f"{urls['prometheus']}/-/ready"):
            wait_for(lambda url=url: httpx.get(url).is_success, within=30, what=f"{url}", pause=0.1)
        yield urls


def _scrape(directory: Path, app: str, relay: int) -> str:
    """Return the shipped configuration with what runs here in the place of the containers."""
    shipped = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    shipped["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    shipped["rule_files"] = [f"{directory}/recording/*.yml", f"{directory}/alerts/*.yml"]
    managers = shipped["alerting"]["alertmanagers"][0]
    managers["static_configs"] = [{"targets": [f"127.0.0.1:{relay}"]}]
    (job,) = (one for one in shipped["scrape_configs"] if one["job_name"] == "example-agent")
    job["scrape_interval"] = "1s"
    job["static_configs"][0]["targets"] = [app]
    shipped["scrape_configs"] = [job]
    return yaml.safe_dump(shipped)


@contextmanager
def _relay(inbox: str) -> Iterator[int]:
    handler = type("Relay", (_Relay,), {"inbox": inbox})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _process(
    command: tuple[str, ...], variables: Mapping[str, str], output: Path
) -> Iterator[None]:
    with (
        output.open("wb") as said,
        subprocess.Popen(
            command, cwd=ROOT, env={**variables}, stdout=said, stderr=subprocess.STDOUT
        ) as child,
    ):
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
