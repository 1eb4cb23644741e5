"""`make incident` at a lite process: the effect is shown, the fault is gone, the code is right."""

import io
import re
import signal
import subprocess
import sys

import httpx
import pytest
from rich.console import Console

from commands.addresses import APP
from commands.checkout import ROOT
from commands.incident import make_incident
from commands.incident_run import Bounds
from commands.incident_story import IncidentError, Story
from commands.running import Running
from example_app.incidents import load_incidents
from tests.polling import wait_for
from tests.process.conftest import a_free_port, lites

#: The command at the process under test, whatever else runs on this machine.
COMMAND = """
import sys
from commands import incident
from commands.running import Running
incident.find_running = lambda: Running("lite", {"example-app": sys.argv[1]})
sys.exit(incident.main([sys.argv[2]]))
"""


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """One lite process for all of these."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(
            SIM_LATENCY_SCALE="0",
            BENCHMARK_SECONDS="0",
            LLM_TIMEOUT_SECONDS="30",
            AGENT_TELEMETRY_ALERTS_SECONDS="1",
            AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS="10",
        )


def _told(lite, name: str) -> str:
    """Make an incident and return what it told."""
    told = io.StringIO()
    running = Running("lite", {APP: str(lite.http.base_url).rstrip("/")}, log_directory=ROOT)
    story = Story(Console(file=told, width=140))
    make_incident(load_incidents()[name], running, story, Bounds())
    return told.getvalue()


def _active(http: httpx.Client) -> list[str]:
    return [fault["name"] for fault in http.get("/faults").json()["faults"] if fault["active"]]


def test_failing_tools_are_shown_before_and_after(lite):
    """The numbers rise as promised, the places are named, and the fault is over at the end."""
    told = _told(lite, "tool_failure")
    before, highest, now = re.search(
        r"failed tool calls +│ +(\d+) │ +(\d+) │ +(\d+)", told
    ).groups()
    # One chat more in each five seconds while the alert is waited for.
    assert int(highest) - int(before) == int(now) - int(before) >= 14
    assert "14 chats: 14 answered 200; tool calls 14, failed 14" in told
    assert "APICallFailures resolved" in told
    assert f"{str(lite.http.base_url).rstrip('/')}/faults" in told
    steps = [
        "fault started",
        "the effect is seen",
        "APICallFailures delivered",
        "fault stopped",
        "a chat succeeds again",
        "APICallFailures resolved",
    ]
    assert [told.index(step) for step in steps] == sorted(told.index(step) for step in steps)
    assert _active(lite.http) == []


def test_cost_spike_costs_what_its_alert_is_about(lite):
    """So few chats of a dear model cost more than ten dollars, by real tokens and prices."""
    told = _told(lite, "cost_spike")
    (before, highest) = re.search(r"USD spent +│ +([\d.]+) │ +([\d.]+)", told).groups()
    assert float(highest) - float(before) >= 10
    assert "by o1-pro" in told
    assert _active(lite.http) == []


def test_ctrl_c_stops_the_fault(lite):
    """A person who has had enough leaves no fault behind: exit code 130, and nothing runs."""
    url = str(lite.http.base_url).rstrip("/")
    words = (sys.executable, "-c", COMMAND, url, "slow_first_token")
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as command:
        try:
            wait_for(
                lambda: _active(lite.http) == ["slow_first_token"],
                within=30,
                what="the fault runs",
                pause=0.1,
            )
            command.send_signal(signal.SIGINT)
            told, _ = command.communicate(timeout=30)
        finally:
            command.kill()
    assert command.returncode == 130, told
    assert "fault stopped" in told
    assert "Traceback" not in told
    assert _active(lite.http) == []


def test_running_fault_is_not_taken_over(lite):
    """An incident does not begin while another fault runs, and leaves that one alone."""
    lite.http.put("/faults/cache_storm", json={}).raise_for_status()
    try:
        with pytest.raises(IncidentError, match="cache_storm runs already"):
            _told(lite, "tool_failure")
        assert _active(lite.http) == ["cache_storm"]
    finally:
        lite.http.delete("/faults").raise_for_status()


def test_exit_code_tells_what_came(lite):
    """As a command: 0 when the effect was seen; 1, in a sentence, when nobody answers."""
    url = str(lite.http.base_url).rstrip("/")

    def run(address: str) -> "subprocess.CompletedProcess[str]":
        words = (sys.executable, "-c", COMMAND, address, "malformed_tool_json")
        return subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )

    done = run(url)
    assert done.returncode == 0, done.stdout + done.stderr
    refused = run("http://127.0.0.1:9")
    assert refused.returncode == 1
    assert refused.stderr.startswith("malformed_tool_json: ")
    assert "Traceback" not in refused.stderr
