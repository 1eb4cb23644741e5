"""A real Loki with the shipped file, which can be killed and brought back with its data."""

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from commands.checkout import ROOT
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port

_READY_SECONDS = 120
#: Labels and structured metadata are told apart in the answer.
_APART = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
_MOST = 5000


@dataclass(frozen=True)
class Entry:
    """One line as Loki has it.

    Attributes:
        time_ns: its time in nanoseconds since 1970.
        line: its text.
        labels: of its stream.
        metadata: its structured metadata.
    """

    time_ns: int
    line: str
    labels: Mapping[str, str]
    metadata: Mapping[str, str]


class LokiServer:
    """Loki on free ports of loopback; but for places, ports and a shorter start as shipped.

    Args:
        folder: where its data are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=60, headers=_APART)
        text = (ROOT / "loki" / "loki.yml").read_text("utf-8")
        text = text.replace("/etc/loki/rules", str(folder / "rules"))
        config = yaml.safe_load(text.replace(" /loki", f" {folder}/loki"))
        config["server"] |= {
            "http_listen_address": "127.0.0.1",
            "http_listen_port": self.port,
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": a_free_port(),
        }
        config["ruler"]["alertmanager_url"] = "http://127.0.0.1:9"
        config["ingester"]["lifecycler"] = {"min_ready_duration": "0s"}  # else 15 s at each start
        self._file = folder / "loki.yml"
        self._file.write_text(yaml.safe_dump(config), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes and gives lines."""
        with (self._folder / "loki.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [program("loki"), f"-config.file={self._file}", "-config.expand-env=true"],
                env={"PATH": os.environ["PATH"]}, cwd=self._folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        ready = lambda: self.http.get("/ready").is_success  # noqa: E731
        wait_for(ready, within=_READY_SECONDS, what="Loki is ready")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)

    def entries(self, selector: str, days: float = 1) -> list[Entry]:
        """Return the lines of a query, oldest first, of the last days and the next hour."""
        now = time.time_ns()
        answer = self.http.get(
            "/loki/api/v1/query_range",
            params={
                "query": selector, "limit": _MOST, "direction": "forward",
                "start": now - int(days * 86_400e9), "end": now + int(3_600e9),
            },
        )  # fmt: skip
        assert answer.is_success, answer.text[:300]
        found = [
            Entry(int(at), line, _plain(stream["stream"]), apart.get("structuredMetadata", {}))
            for stream in answer.json()["data"]["result"]
            for at, line, apart in stream["values"]
        ]
        return sorted(found, key=lambda entry: entry.time_ns)

    def discarded(self) -> dict[str, float]:
        """Return how many lines it refused, by reason."""
        return counted(self.http.get("/metrics").text, "loki_discarded_samples_total", "reason")


def _plain(labels: Mapping[str, Any]) -> dict[str, str]:
    # Loki names a service itself in this one, whatever the labels are.
    return {name: str(value) for name, value in labels.items() if name != "__stream_shard__"}


def counted(metrics: str, name: str, label: str) -> dict[str, float]:
    """Return the values of a metric in Prometheus' text format, added up by a label."""
    found: dict[str, float] = {}
    for line in metrics.splitlines():
        if not line.startswith((f"{name}{{", f"{name} ")):
            continue
        key = line.partition(f'{label}="')[2].partition('"')[0]
        found[key] = found.get(key, 0) + float(line.rpartition(" ")[2])
    return found
