"""The lite version as a background process of this checkout: started, found again, stopped."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from commands.checkout import ROOT, RUN_DIR
from commands.environment import variables
from commands.host_ports import why_not_free

MODULE = "example_app.lite"
READY_WITHIN_SECONDS = 90
STOPPED_WITHIN_SECONDS = 5
LAST_LINES = 30

_POLL_SECONDS = 0.2

# A child that outlives its Popen object makes Python warn; these are meant to go on.
_CHILDREN: "list[subprocess.Popen[bytes]]" = []


class LiteError(Exception):
    """The lite version could not be started; the text says why, with its last log lines."""


@dataclass(frozen=True)
class LiteProcess:
    """A running lite version.

    Attributes:
        pid: its process id.
        create_time: when that process was born, in seconds since 1970: pids are used again.
        port: where it answers.
        host: the address of this machine that it listens on.
        directory: where its logs and state are.
    """

    pid: int
    create_time: float
    port: int
    host: str
    directory: str

    @property
    def url(self) -> str:
        """Where a program on this machine asks."""
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104
        return f"http://{'127.0.0.1' if everywhere else self.host}:{self.port}"

    @property
    def output(self) -> Path:
        """What the process printed."""
        return Path(self.directory) / "lite.log"

    @property
    def logs(self) -> Path:
        """The folder of its JSON log files."""
        return Path(self.directory) / "logs"

    @property
    def process(self) -> psutil.Process | None:
        """The process itself, or None if it ended or its pid belongs to another one now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < 1
            ours = MODULE in process.cmdline()
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if same and ours and alive else None


def lite_environment(port: int, directory: Path = RUN_DIR) -> dict[str, str]:
    """Return the environment that the lite version runs in; what the user set wins."""
    ours = {
        "AGENT_TELEMETRY_LOG_DIR": str(directory / "logs"),
        "AGENT_TELEMETRY_STATE_DIR": str(directory / "state"),
        "FAULTS_ENABLED": "1",
        "PYTHONUNBUFFERED": "1",
    }
    theirs = {name: value for name, value in variables().items() if value}
    # Set last: shells export a HOST of their own.
    where = {"HOST": bind_address(), "PORT": str(port), "APP_PORT": str(port)}
    return {**ours, **theirs, **where}


def bind_address() -> str:
    """Return the address to listen on, as in compose: this machine only unless told otherwise."""
    return variables().get("BIND_ADDRESS") or "127.0.0.1"


def pid_file(directory: Path = RUN_DIR) -> Path:
    """Return the file that remembers the process of a run directory."""
    return directory / "lite.json"


def find_lite(directory: Path = RUN_DIR) -> LiteProcess | None:
    """Return the running lite version of this checkout; forget one that is gone."""
    file = pid_file(directory)
    try:
        lite = LiteProcess(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if lite.process is None:
        file.unlink(missing_ok=True)
        return None
    return lite


def remember(pid: int, port: int, directory: Path = RUN_DIR) -> LiteProcess:
    """Write the pid file of a process that is, or is about to become, the lite version."""
    born = psutil.Process(pid).create_time()
    lite = LiteProcess(pid, born, port, bind_address(), str(directory))
    directory.mkdir(parents=True, exist_ok=True)
    pid_file(directory).write_text(json.dumps(asdict(lite)), encoding="utf-8")
    return lite


def refuse_busy_port(port: int) -> None:
    """Refuse a port that somebody holds.

    Raises:
        LiteError: naming the variable and, where it can be found, the holder.
    """
    problem = why_not_free(bind_address(), port)
    if problem:
        raise LiteError(f"APP_PORT={port}: {problem}. Set APP_PORT to a free port, or end it.")


def start_lite(
    port: int, directory: Path = RUN_DIR, environment: Mapping[str, str] | None = None
) -> LiteProcess:
    """Start the lite version in the background and wait until it is ready.

    Args:
        port: where it shall answer.
        directory: where its pid file, logs and state go.
        environment: variables on top of `lite_environment`.

    Raises:
        LiteError: if it ended early or was not ready in time; nothing is left running then.
    """
    refuse_busy_port(port)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lite.log").open("ab") as output:
        child = subprocess.Popen(
            (sys.executable, "-m", MODULE),
            cwd=ROOT,
            env={**lite_environment(port, directory), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own session: Ctrl-C in this terminal is not meant for it.
            start_new_session=True,
        )
    _CHILDREN.append(child)
    lite = remember(child.pid, port, directory)
    try:
        _wait_until_ready(lite, child)
    except BaseException:
        stop_lite(lite)
        child.wait()
        raise
    return lite


def _wait_until_ready(lite: LiteProcess, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    answer = "nothing"
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None:
            raise LiteError(f"The lite version ended early with exit code {code}:\n{_tail(lite)}")
        with contextlib.suppress(httpx.HTTPError):
            response = httpx.get(f"{lite.url}/ready", timeout=2)
            if response.is_success:
                return
            answer = f"{response.status_code} {response.text.strip()}"
        time.sleep(_POLL_SECONDS)
    problem = f"not ready after {READY_WITHIN_SECONDS} s (/ready answered {answer})"
    raise LiteError(f"The lite version was {problem}:\n{_tail(lite)}")


def stop_lite(lite: LiteProcess) -> bool:
    """End a lite version, by force if it takes longer than it may.

    Returns:
        Whether it ended by itself after SIGTERM.
    """
    process = lite.process
    by_itself = True
    if process is not None:
        family = [*process.children(recursive=True), process]
        process.terminate()
        _, left = psutil.wait_procs(family, timeout=STOPPED_WITHIN_SECONDS)
        by_itself = not left
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(left, timeout=STOPPED_WITHIN_SECONDS)
    pid_file(Path(lite.directory)).unlink(missing_ok=True)
    return by_itself


def _tail(lite: LiteProcess) -> str:
    lines = lite.output.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:]) or "(it printed nothing)"
