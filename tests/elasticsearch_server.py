"""A real Elasticsearch: one node on free ports of loopback, from the zip for integration tests.

It is the real server with few modules: no ILM, no ingest, no scripts, no ``GET /``.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tests.config.server_programs import leave_out
from tests.java_program import java_home
from tests.maven_artifact import maven_artifact
from tests.polling import TooLateError, wait_for

VERSION = "9.2.0"
COORDINATES = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
_JAVA = 21
#: It takes 20 s on two idle cores, and ten times as long where everything else runs too.
_START_SECONDS = 300.0
#: Elasticsearch refuses to run as root.
_USER = "nobody"


class ElasticsearchServer:
    """A node that can be killed and brought back with its data and its port.

    Args:
        home: the unpacked zip.
        folder: where data, logs and configuration are.
        java: home of the Java that runs it.
        settings: further settings, such as ``xpack.security.enabled``.
    """

    def __init__(
        self, home: Path, folder: Path, java: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self._home = home
        self._folder = folder
        self._java = java
        self.port, self._transport = _free_port(), _free_port()
        tls = (settings or {}).get("xpack.security.http.ssl.enabled") == "true"
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._settings = {
            "path.data": str(folder / "data"),
            "path.logs": str(folder / "logs"),
            "http.port": str(self.port),
            "transport.port": str(self._transport),
            "discovery.type": "single-node",
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **(settings or {}),
        }
        self.config = folder / "config"
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=30)
        for name in ("data", "logs", "tmp"):
            (folder / name).mkdir()
        shutil.copytree(home / "config", self.config)

    @property
    def pid(self) -> int:
        """Id of the process that listens."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", _USER, self._folder], check=True)
        options = [f"-E{name}={value}" for name, value in self._settings.items()]
        with (self._folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [self._home / "bin" / "elasticsearch", *options],
                env={
                    **os.environ,
                    "ES_JAVA_HOME": str(self._java),
                    "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
                    "ES_PATH_CONF": str(self.config),
                    "ES_TMPDIR": str(self._folder / "tmp"),
                },
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, user=_USER if os.geteuid() == 0 else None,
            )  # fmt: skip
        try:
            wait_for(self._answers, within=_START_SECONDS, what="Elasticsearch answers")
        except TooLateError as error:
            error.add_note(f"It said:\n{self.output()[-3000:]}")
            raise

    def add_secret(self, name: str, value: str) -> None:
        """Put a secure setting into its keystore; before the start."""
        env = {**os.environ, "ES_JAVA_HOME": str(self._java), "ES_PATH_CONF": str(self.config)}
        for words in (["create"], ["add", "--stdin", "--force", name]):
            subprocess.run(
                [self._home / "bin" / "elasticsearch-keystore", *words],
                env=env, input=value, text=True, capture_output=True, check=True, timeout=120,
            )  # fmt: skip

    def kill(self) -> None:
        """End it at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                # Its launcher and the server are a session of their own.
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def stored(self, index: str = "agent-logs-*") -> int:
        """Return how many documents there are, all of them made visible first."""
        self.http.post(f"/{index}/_refresh")
        answer = self.http.get(f"/{index}/_count", params={"ignore_unavailable": "true"})
        return int(answer.raise_for_status().json()["count"])

    def documents(self, index: str = "agent-logs-*", most: int = 10_000) -> list[dict]:
        """Return the hits of all documents: ``_index``, ``_id``, ``_source``."""
        self.http.post(f"/{index}/_refresh")
        answer = self.http.get(f"/{index}/_search", params={"size": most})
        return answer.raise_for_status().json()["hits"]["hits"]

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"Elasticsearch ended:\n{self.output()[-3000:]}")
        # With security on, 401 is an answer as well.
        return self.http.get("/_cluster/health").status_code in {200, 401}

    def output(self) -> str:
        """Return what it printed."""
        return (self._folder / "output.txt").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def elasticsearch_home() -> Iterator[Path]:
    """Give the unpacked zip; leave the test out, with the reason, where there can be none."""
    if java_home(_JAVA) is None:
        leave_out(f"Elasticsearch {VERSION} needs Java {_JAVA}, which is not here")
    archive, reason = maven_artifact(COORDINATES)
    if archive is None:
        leave_out(reason)
    folder = Path(tempfile.mkdtemp(prefix="elasticsearch-"))
    try:
        folder.chmod(0o755)  # the user it runs as reads it
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        home = folder / f"elasticsearch-{VERSION}"
        for program in (home / "bin").iterdir():
            program.chmod(0o755)
        yield home
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def elasticsearch_server(
    home: Path, settings: Mapping[str, str] | None = None, *, started: bool = True
) -> Iterator[ElasticsearchServer]:
    """Run a node of its own data; end it and remove them afterwards."""
    java = java_home(_JAVA)
    assert java is not None
    folder = Path(tempfile.mkdtemp(prefix="elasticsearch-node-"))
    folder.chmod(0o755)
    server = ElasticsearchServer(home, folder, java, settings)
    try:
        if started:
            server.start()
        yield server
    finally:
        server.kill()
        server.http.close()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
