"""A real Zipkin with storage in memory, on a free port of loopback."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.config.server_programs import leave_out
from tests.java_program import java_home
from tests.maven_artifact import maven_artifact
from tests.polling import wait_for

VERSION = "3.5.1"
COORDINATES = f"io.zipkin:zipkin-server:{VERSION}:jar:exec"
_JAVA = 17
_START_SECONDS = 120.0


class ZipkinServer:
    """A server that can be started later and ended.

    Args:
        jar: the program.
        java: home of the Java that runs it.
        folder: where its output is.
    """

    def __init__(self, jar: Path, java: Path, folder: Path) -> None:
        self._jar, self._java, self._folder = jar, java, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.spans_url = f"{self.url}/api/v2/spans"
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        with (self._folder / "zipkin.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [self._java / "bin" / "java", "-Xmx256m", f"-DQUERY_PORT={self.port}",
                 f"-Dzipkin.query.port={self.port}", "-Darmeria.ports[0].ip=127.0.0.1",
                 f"-Darmeria.ports[0].port={self.port}", "-Darmeria.ports[0].protocols[0]=http",
                 "-jar", self._jar],
                env={"PATH": "/usr/bin:/bin", "QUERY_PORT": str(self.port)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(lambda: self.http.get("/health").is_success, within=_START_SECONDS, what="Zipkin")

    def kill(self) -> None:
        """End it at once; what it stored is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)

    def trace(self, trace_id: str) -> list[dict]:
        """Return the spans of a trace, none when it is not known."""
        answer = self.http.get(f"/api/v2/trace/{trace_id}")
        return answer.json() if answer.status_code == httpx.codes.OK else []


@contextlib.contextmanager
def zipkin_server(folder: Path, *, started: bool = True) -> Iterator[ZipkinServer]:
    """Run a server, or leave the test out with the reason; end it afterwards."""
    java = java_home(_JAVA)
    if java is None:
        leave_out(f"Zipkin {VERSION} needs Java {_JAVA}, which is not here")
    jar, reason = maven_artifact(COORDINATES)
    if jar is None:
        leave_out(reason)
    server = ZipkinServer(jar, java, folder)
    try:
        if started:
            server.start()
        yield server
    finally:
        server.kill()
        server.http.close()
