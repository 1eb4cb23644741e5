"""The guide on several workers does what it says: its commands and files are run as they stand."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from commands.checkout import ROOT
from tests.polling import wait_for
from tests.process.otlp_receiver import OtlpReceiver

GUIDE = (ROOT / "docs" / "guides" / "workers.md").read_text("utf-8")


def block(title: str) -> str:
    """Return the guide's block whose first line is a comment with this title."""
    (found,) = re.findall(
        rf"^```\w+\n# {re.escape(title)}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL
    )
    return found


def write_files(folder: Path, *names: str) -> None:
    """Write files of the guide."""
    for name in names:
        (folder / name).write_text(block(name), "utf-8")


@contextmanager
def run(commands: str, folder: Path, backend: OtlpReceiver) -> Iterator["subprocess.Popen[str]"]:
    """Run commands of the guide in a folder; end all that they started."""
    programs = Path(sys.executable).parent
    child = subprocess.Popen(
        ["sh", "-ec", commands],
        cwd=folder,
        env={
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "AGENT_TELEMETRY_LOG_STDOUT": "0",
            "AGENT_TELEMETRY_STRICT": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            for process in psutil.Process(child.pid).children(recursive=True):
                process.kill()
            child.kill()
        child.communicate(timeout=10)


@pytest.fixture
def backend() -> Iterator[OtlpReceiver]:
    """Takes the spans."""
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.mark.parametrize("title", ["with uvicorn", "with gunicorn"])
def test_a_service_of_four_workers(title, tmp_path, free_port, backend) -> None:
    """Started as the guide says, any worker answers with the numbers of all."""
    write_files(tmp_path, "app.py", "gunicorn.conf.py")
    url = f"http://127.0.0.1:{free_port}"
    with run(block(title).replace("8000", str(free_port)), tmp_path, backend):
        wait_for(
            lambda: httpx.get(f"{url}/health").is_success,
            within=40,
            what="the service answers",
            pause=0.1,
        )
        for _ in range(40):
            assert httpx.post(f"{url}/chat").json() == "Your order is on its way."
        for _ in range(4):
            assert "\nagent_invocations_total 40.0\n" in httpx.get(f"{url}/metrics").text
        workers = len(list((tmp_path / "workers").glob("agent_telemetry.*.process")))
        assert workers >= 4


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_no_short_job_loses_anything(method, tmp_path, backend) -> None:
    """With a process for each task, every count and every span is there, once."""
    write_files(tmp_path, "jobs.py")
    program = tmp_path / "jobs.py"
    text = program.read_text("utf-8")
    made = text.replace("import Pool", "import get_context").replace(
        "with Pool(", f"with get_context({method!r}).Pool("
    )
    program.write_text(made, "utf-8")
    with run(block("in short-lived processes"), tmp_path, backend) as child:
        printed, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    (promised,) = re.findall(r"^```text\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert printed == promised
    assert Counter(span.name for span in backend.spans) == {"Agent.Chat": 20, "chat gpt-4o": 20}
    assert len({span.trace_id for span in backend.spans}) == 20
