"""`make load`: more traffic on what runs here, told with its numbers."""

import os
import signal
import subprocess
import sys

import pytest

from commands import load
from commands.addresses import APP
from commands.checkout import ROOT
from commands.environment import BadVariableError
from commands.load import Load, run_load, why_not
from commands.running import Running
from tests.agent_double import AgentDouble
from tests.polling import wait_for

SECONDS = 4


@pytest.fixture
def agent():
    """An agent that is ready."""
    with AgentDouble() as server:
        server.ready.set()
        yield server


@pytest.fixture
def variables(monkeypatch):
    """Sets RATE, DURATION and SEED."""

    def set_them(**values):
        for name in ("RATE", "DURATION", "SEED"):
            monkeypatch.setenv(name, values.get(name, ""))

    return set_them


def test_defaults(variables):
    """A rate is enough."""
    variables(RATE="600")
    assert Load.from_environment() == Load(600, 60, 1)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"RATE": "many"},
        {"RATE": "0"},
        {"RATE": "6001"},
        {"RATE": "nan"},
        {"RATE": "60", "DURATION": "soon"},
        {"RATE": "60", "DURATION": "-1"},
        {"RATE": "60", "DURATION": "nan"},
        {"RATE": "60", "DURATION": "100000"},
        {"RATE": "60", "SEED": "x"},
    ],
    ids=str,
)
def test_bad_variable_is_named_with_what_it_accepts(variables, values, capfd):
    """A missing or wrong value ends it with 2, the variable's name, and what would be accepted."""
    variables(**values)
    wrong = list(values)[-1] if values else "RATE"
    with pytest.raises(BadVariableError, match=wrong):
        Load.from_environment()
    assert load.main() == 2
    said = capfd.readouterr().err
    assert wrong in said
    assert "accepted" in said or "make load RATE=" in said


def test_nothing_running_says_how_to_start(variables, monkeypatch, capfd):
    """Without an agent it ends with 2 and names the commands that start one."""
    variables(RATE="60")
    monkeypatch.setattr(load, "find_running", lambda: None)
    assert load.main() == 2
    said = capfd.readouterr().err
    assert "make up" in said
    assert "make lite" in said


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:8000", "http://example.com", "http://0.0.0.0:8000", "http://:80"]
)
def test_load_goes_to_this_machine_only(url):
    """Any address that is not the loopback one is refused before anything is sent."""
    assert "loopback" in why_not(url)


def test_agent_that_is_not_ready_is_told(agent, unused_port):
    """Load on an agent that cannot answer says nothing about it: the reason is told instead."""
    assert why_not(agent.url) == ""
    agent.ready.clear()
    assert "not ready" in why_not(agent.url)
    assert "does not answer" in why_not(f"http://127.0.0.1:{unused_port}")


def test_load_runs_and_shows_its_numbers(agent, variables, monkeypatch, capfd):
    """It finds the agent, sends the mix, shows the table of its answers, and ends with 0."""
    variables(RATE="3000", DURATION=str(SECONDS))
    monkeypatch.setattr(load, "find_running", lambda: Running("lite", {APP: agent.url}))
    assert load.main() == 0
    said = capfd.readouterr().out
    assert agent.requests() > 10
    assert f"to the lite version at {agent.url}" in said
    for row in ("requests", "failed", "refused", "cache hits", "P50", "P95", "cost"):
        assert row in said
    assert "100.0%" in said  # the double's answers are all from its cache


def test_too_many_failures_fail(agent, capfd):
    """More than 2 % of 5xx end it with 1."""
    agent.failing = True
    assert run_load(agent.url, Load(3000, SECONDS, 1)) == 1
    assert "failed (5xx, no answer)" in capfd.readouterr().out


def test_traffic_that_cannot_start_fails(agent, monkeypatch, capfd):
    """If nothing could be sent it says so and ends with 1."""
    monkeypatch.setattr(load, "MODULE", "example_app.no_such_module")
    assert run_load(agent.url, Load(60, SECONDS, 1)) == 1
    assert "No request was sent" in capfd.readouterr().err


def test_ctrl_c_ends_it_with_the_table(agent):
    """Ctrl-C stops the traffic; what was seen until then is shown, and the exit code is 130."""
    code = (
        "import sys; from commands.load import Load, run_load; "
        f"sys.exit(run_load({agent.url!r}, Load(3000, 3600, 1)))"
    )
    child = subprocess.Popen(
        (sys.executable, "-c", code),
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: agent.requests() > 5, within=60, what="requests come")
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == 130
    assert "cache hits" in said
