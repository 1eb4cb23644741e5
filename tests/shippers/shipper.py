"""The two shippers of log files as processes, with their shipped files."""

import subprocess
from pathlib import Path

import httpx

from commands.checkout import ROOT
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port
from tests.shippers.loki_server import LokiServer, counted

_READY_SECONDS = 60


class Shipper:
    """A process that reads log files and pushes them to Loki; it can be killed and brought back.

    Args:
        folder: of its own; ``logs`` in it is where it reads, the rest is its state.
        loki: where it pushes.
    """

    #: Metric of what it gave up, and the label that says why.
    given_up = ("", "")

    def __init__(self, folder: Path, loki: LokiServer) -> None:
        self.logs = folder / "logs"
        self._folder, self._loki = folder, loki
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("logs", "state"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.metrics_port, self.ready_port = a_free_port(), a_free_port()

    def command(self) -> list[str]:
        """Return what is run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with (self._folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), cwd=self._folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(self._ready, within=_READY_SECONDS, what=f"{type(self).__name__} is ready")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)

    def lost(self) -> float:
        """Return how many lines it counted as not delivered."""
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics").text
        return sum(counted(text, *self.given_up).values())

    def output(self) -> str:
        """Return what it printed."""
        return (self._folder / "output.txt").read_text("utf-8", errors="replace")

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"it ended:\n{self.output()[-3000:]}")
        # Promtail's own /ready is 503 as long as there is no file to read.
        path = "/metrics" if self.ready_port == self.metrics_port else "/"
        return httpx.get(f"http://127.0.0.1:{self.ready_port}{path}").is_success

    def _moved(self, file: Path, places: dict[str, str]) -> Path:
        """Write a shipped file with other places and ports; each has to be in it."""
        text = file.read_text("utf-8")
        for shipped, here in places.items():
            assert shipped in text, f"{file.name} has no {shipped}"
            text = text.replace(shipped, here)
        moved = self._folder / file.name
        moved.write_text(text, "utf-8")
        return moved


class Collector(Shipper):
    """The collector with LOG_SHIPPER=collector."""

    given_up = ("otelcol_exporter_send_failed_log_records_total", "exporter")

    def command(self) -> list[str]:
        """Return what is run."""
        configuration = ROOT / "otel-collector"
        core = self._moved(
            configuration / "collector.yml",
            {
                "/var/lib/otelcol": str(self._folder / "state"),
                "http://loki:3100": self._loki.url,
                "0.0.0.0:13133": f"127.0.0.1:{self.ready_port}",
                "0.0.0.0:4317": f"127.0.0.1:{a_free_port()}",
                "0.0.0.0:4318": f"127.0.0.1:{a_free_port()}",
                "host: 0.0.0.0, port: 8888": f"host: 127.0.0.1, port: {self.metrics_port}",
            },
        )
        files = self._moved(
            configuration / "log-shipper-collector.yml", {"/var/log/agent": str(self.logs)}
        )
        return [program("otelcol-contrib"), f"--config={core}", f"--config={files}"]


class Promtail(Shipper):
    """Promtail with LOG_SHIPPER=promtail."""

    given_up = ("promtail_dropped_entries_total", "reason")

    def command(self) -> list[str]:
        """Return what is run."""
        self.ready_port = self.metrics_port
        file = self._moved(
            ROOT / "loki" / "promtail.yml",
            {
                "http_listen_port: 9080": f"http_listen_port: {self.metrics_port}",
                "/var/lib/promtail": str(self._folder / "state"),
                "http://loki:3100": self._loki.url,
                "/var/log/agent": str(self.logs),
            },
        )
        return [program("promtail"), f"-config.file={file}"]
