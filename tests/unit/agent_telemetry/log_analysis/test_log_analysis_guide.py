"""The guide on log analysis: its commands and its code are run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent_telemetry import create_observability_stack
from commands.checkout import ROOT

GUIDE = (ROOT / "docs" / "guides" / "log-analysis.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the guide's blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the logs of an agent whose tool failed."""
    folder = tmp_path_factory.mktemp("night")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENT_TELEMETRY_LOG_DIR", str(folder / "logs"))
        patch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
        patch.setenv("AGENT_TELEMETRY_LOG_STDERR", "0")
        stack = create_observability_stack("shop-agent")
        with stack.agent("support", tenant_id="acme", user_id="u-17"):
            with stack.llm("gpt-4o", provider="openai") as call:
                call.usage(input=812, output=133)
            with pytest.raises(ValueError, match="no such order"), stack.tool("lookup_order"):
                raise ValueError("no such order")
            stack.audit("refund_granted", "Refund granted", status="ok", order=1042)
        ended = {"event": "request_end", "endpoint": "/chat", "tenant_id": "acme"}
        stack.logger.info("request ended", extra={**ended, "duration_seconds": 0.2})
        stack.shutdown()
    return folder


def run(folder: Path, *command: str) -> str:
    """Run a command where the logs are; return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_first_commands_answer_the_question(folder) -> None:
    """The three commands tell what failed, for whom, how slow it was and what it cost."""
    out = run(folder, "sh", "-ec", blocks("sh")[0])
    (shown,) = blocks("text")
    assert out.startswith(shown)
    assert "1 request, 0 failed" in out
    assert re.search(r"^gpt-4o +1 +0 +812 +133 +0\.\d+ +100\.0$", out, re.MULTILINE)


def test_further_commands_run(folder) -> None:
    """Each of the other commands ends well, and those that can find something here find it."""
    out = run(folder, "sh", "-ec", "export AGENT_TELEMETRY_LOG_DIR=logs\n" + blocks("sh")[1])
    assert "tool_end  ValueError" in out
    assert '"total_requests":' in out
    out = run(folder, "sh", "-ec", "export AGENT_TELEMETRY_LOG_DIR=logs\n" + blocks("sh")[2])
    assert "refund_granted" in out
    assert "whole: 1 record" in out


def test_code_runs(folder) -> None:
    """The code, with its assertions, holds for these logs."""
    (code,) = blocks("python")
    run(folder, sys.executable, "-c", code)
