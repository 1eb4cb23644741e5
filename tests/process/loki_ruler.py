"""Loki with the shipped file and rules as a process, and who takes its alerts."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import yaml

from commands.checkout import ROOT
from prometheus.generate import main as write_rules
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port

#: A minute becomes six seconds; windows are half a minute.
TIME_SCALE = "0.1"
#: What the annotations link to.
LINKS = {
    "LINK_GRAFANA": "http://watch:3000",
    "LINK_INBOX": "http://watch:8080",
    "LINK_JAEGER": "http://watch:16686",
}


class _AlertsTaken(BaseHTTPRequestHandler):
    server: "AlertTaker"

    def do_POST(self) -> None:
        self.server.alerts += json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class AlertTaker(ThreadingHTTPServer):
    """Stands where Alertmanager is.

    Attributes:
        alerts: what was sent, in the form of Alertmanager's API v2.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _AlertsTaken)
        self.alerts: list[dict[str, Any]] = []


@dataclass
class LokiRuler:
    """A Loki that evaluates the shipped alerts with shorter times.

    Attributes:
        http: to ask it.
        taker: who gets its alerts.
    """

    http: httpx.Client
    taker: AlertTaker
    _pushed: int = field(default=0)

    def push(self, service: str, *lines: str, level: str = "INFO", **fields: str) -> None:
        """Store lines of a service as they come from the collector.

        Args:
            service: whose they are.
            lines: their texts.
            level: the label.
            fields: structured metadata of every line.
        """
        self._pushed += 1
        now = time.time_ns()
        values = [[str(now + n), line, fields] for n, line in enumerate(lines)]
        stream = {"service_name": service, "stream": "operation", "level": level}
        body = {"streams": [{"stream": stream, "values": values}]}
        self.http.post("/loki/api/v1/push", json=body).raise_for_status()

    def rules(self) -> list[dict[str, Any]]:
        """Return every alerting rule with its health, state and alerts."""
        groups = self.http.get("/prometheus/api/v1/rules").raise_for_status().json()["data"]
        return [rule for group in groups["groups"] for rule in group["rules"]]

    def firing(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what fires of an alert, by service."""
        of_name = next(rule for rule in self.rules() if rule["name"] == name)
        alerts = of_name.get("alerts") or []
        return {a["labels"]["service"]: a for a in alerts if a["state"] == "firing"}

    def evaluated_after(self, moment: str) -> bool:
        """Return whether every rule was evaluated after a moment (RFC 3339)."""
        return all(rule["lastEvaluation"] > moment for rule in self.rules())


@contextmanager
def a_loki_ruler(directory: Path) -> Iterator[LokiRuler]:
    """Run Loki with the shipped file; only places and ports are others.

    Args:
        directory: for its data.
    """
    assert write_rules(["--time-scale", TIME_SCALE, "--out", str(directory / "rules")]) == 0
    taker = AlertTaker()
    serving = threading.Thread(target=taker.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    port = a_free_port()
    shipped = (ROOT / "loki" / "loki.yml").read_text("utf-8")
    config = yaml.safe_load(shipped.replace("/etc/loki/rules", str(directory / "rules" / "loki")))
    config = _moved(config, directory)
    config["server"] |= {
        "http_listen_address": "127.0.0.1",
        "http_listen_port": port,
        "grpc_listen_address": "127.0.0.1",
        "grpc_listen_port": a_free_port(),
    }
    config["ruler"]["alertmanager_url"] = f"http://127.0.0.1:{taker.server_port}"
    file = directory / "loki.yml"
    file.write_text(yaml.safe_dump(config), "utf-8")
    with (directory / "output.txt").open("wb") as output:
        child = subprocess.Popen(
            [program("loki"), f"-config.file={file}", "-config.expand-env=true"],
            env=os.environ | LINKS, stdout=output, stderr=subprocess.STDOUT, cwd=directory,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            loki = LokiRuler(http, taker)
            wait_for(lambda: http.get("/ready").is_success, within=120, what="Loki is ready")
            yield loki
    finally:
        child.terminate()
        child.wait(60)
        taker.shutdown()
        taker.server_close()
        serving.join()


def _moved(value: Any, directory: Path) -> Any:
    """Return the configuration with /loki/… below a directory."""
    if isinstance(value, Mapping):
        return {key: _moved(each, directory) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, directory) for each in value]
    if isinstance(value, str) and (value == "/loki" or value.startswith("/loki/")):
        return str(directory) + value
    return value
