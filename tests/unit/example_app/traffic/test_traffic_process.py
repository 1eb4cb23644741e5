"""The traffic as its own process against an agent of a few lines."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.agent_double import AgentDouble
from tests.polling import wait_for

DEADLINE = 60


@pytest.fixture
def agent():
    """A running agent that is not ready yet."""
    with AgentDouble() as server:
        yield server


@pytest.fixture
def traffic(agent):
    """Starts the process; what is left of it is killed after the test."""
    started = []

    def _start(**environment):
        variables = {"TARGET": agent.url, "TRAFFIC_RATE": "600", **environment}
        process = subprocess.Popen(
            [sys.executable, "-m", "example_app.traffic"],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


def until(question, what):
    """Waits until a question is answered with yes."""
    wait_for(question, within=DEADLINE, what=what, pause=0.05)


def finish(process):
    """The events of a process that ends now; its errors must be none."""
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return [json.loads(line) for line in output.splitlines()]


def end(process):
    """End a process by SIGTERM; return the record of its whole run."""
    process.send_signal(signal.SIGTERM)
    return finish(process)[-1]


def test_waits_for_ready_then_asks_and_ends_on_sigterm(agent, traffic):
    """Nothing is asked before `/ready`; SIGTERM ends it with a last report as JSON lines."""
    process = traffic()
    until(lambda: agent.probes >= 2, "the traffic asks for /ready twice")
    assert agent.requests() == 0
    agent.ready.set()
    until(lambda: agent.requests() >= 10, "the traffic asks")
    process.send_signal(signal.SIGTERM)
    events = finish(process)
    names = [event.pop("event") for event in events]
    assert names == ["traffic_waiting", "traffic_started", "traffic_report", "traffic_ended"]
    report, whole = events[2:]
    assert report["requests"] >= 9
    assert report["failed"] == 0
    assert report["cost_usd"] == 0.5 * report["chats"]
    assert whole["requests"] >= report["requests"]


def test_visits_carry_sessions_thumbs_and_keys(agent, traffic):
    """Follow-ups go with the session they were given, thumbs with the trace, some with a key."""
    agent.ready.set()
    traffic(TRAFFIC_RATE="6000", TRAFFIC_SEED="3")
    until(lambda: any(b'"session_id"' in body for body in list(agent.asked)), "a follow-up comes")
    until(lambda: agent.rated, "a thumb comes")
    until(lambda: len(agent.keys - {None}) > 1, "keys come")
    number, body = next(
        (n, json.loads(b)) for n, b in enumerate(list(agent.asked)) if b'"session_id"' in b
    )
    assert int(body["session_id"].removeprefix("s")) <= number
    assert int(agent.rated[0]["trace_id"].removeprefix("t")) <= len(agent.asked)
    assert agent.rated[0]["rating"] in {"up", "down"}


def test_streams_are_read_to_their_end(agent, traffic):
    """A streamed answer counts with its cost and the time of its first event."""
    agent.ready.set()
    process = traffic(TRAFFIC_RATE="3000")
    until(lambda: sum(b'"stream"' in body for body in list(agent.asked)) >= 5, "streams come")
    whole = end(process)
    assert whole["streamed"] >= 4
    assert whole["first_token_p95_ms"] > 0
    assert whole["cost_usd"] == 0.5 * whole["chats"]
    assert whole["failed"] == 0


def test_streams_that_break_off_count_as_failed(agent, traffic):
    """A stream without its last event is no answer, though its status was 200."""
    agent.ready.set()
    agent.cut_streams = True
    process = traffic(TRAFFIC_RATE="3000")
    until(lambda: sum(b'"stream"' in body for body in list(agent.asked)) >= 5, "streams come")
    whole = end(process)
    assert whole["failed"] >= 4
    assert whole["streamed"] == 0


def test_reports_come_regularly_and_add_up(agent, traffic):
    """Each report has what happened since the last one; the end has all."""
    agent.ready.set()
    events = finish(traffic(TRAFFIC_DURATION="3", TRAFFIC_REPORT_SECONDS="0.5"))
    reports = [event for event in events if event["event"] == "traffic_report"]
    assert len(reports) >= 2
    # A request that is under way at the end is in no report.
    assert 0 <= events[-1]["requests"] - sum(report["requests"] for report in reports) <= 1
    assert events[-1]["event"] == "traffic_ended"


def test_heart_beats_while_waiting_and_while_asking(agent, traffic, tmp_path):
    """The file of the health check is there before the target is ready, and renewed after it."""
    beat = tmp_path / "beat"
    process = traffic(TRAFFIC_HEARTBEAT_FILE=str(beat))
    until(beat.exists, "the heart beats while it waits")
    agent.ready.set()
    until(lambda: agent.requests() >= 1, "the traffic asks")
    beat.unlink()
    until(beat.exists, "the heart beats while it asks")
    end(process)


def test_survives_an_agent_that_goes_away(agent, traffic, tmp_path):
    """Refused connections are counted as failed, the traffic goes on, and its heart beats."""
    agent.ready.set()
    beat = tmp_path / "beat"
    process = traffic(
        TRAFFIC_RATE="3000", TRAFFIC_HEARTBEAT_FILE=str(beat), TRAFFIC_REPORT_SECONDS="1"
    )
    until(lambda: agent.requests() >= 5, "the traffic asks")
    agent.go_away()
    failed = next(
        event
        for event in map(json.loads, process.stdout)
        if event["event"] == "traffic_report" and event["failed"] > 0
    )
    assert failed["failed"] <= failed["requests"]
    beat.unlink(missing_ok=True)
    until(beat.exists, "the heart beats without a target")
    assert end(process)["failed"] > 0


def test_duration_ends_it(agent, traffic):
    """With TRAFFIC_DURATION it ends by itself."""
    agent.ready.set()
    assert finish(traffic(TRAFFIC_DURATION="1"))[-1]["event"] == "traffic_ended"


def test_sigterm_ends_the_wait_for_ready(agent, traffic):
    """It need not become ready to be ended."""
    process = traffic()
    until(lambda: agent.probes >= 1, "the traffic asks for /ready")
    process.send_signal(signal.SIGTERM)
    assert [event["event"] for event in finish(process)] == ["traffic_waiting"]
    assert agent.requests() == 0


def test_other_peoples_variables_are_none_of_its_own(agent, traffic):
    """A RATE, SEED or DURATION in the environment, such as that of `make load`, changes nothing."""
    agent.ready.set()
    process = traffic(RATE="many", SEED="x", DURATION="soon", TRAFFIC_DURATION="1")
    started = finish(process)[1]
    assert (started["rate_per_minute"], started["seed"]) == (600, 7)


def test_tenants_of_the_preset_ask(agent, traffic):
    """With a preset nobody comes whose tenant it does not know."""
    agent.ready.set()
    traffic(TRAFFIC_RATE="6000", PRESET="finance-research")
    until(lambda: agent.requests() >= 50, "the traffic asks")
    asked = [json.loads(body) for body in list(agent.asked) if b'"user_id"' in body]
    assert {each["tenant_id"] for each in asked} == {"initech", "umbrella"}


@pytest.mark.parametrize("variable", ["TRAFFIC_RATE", "PRESET"])
def test_bad_setting_is_named(traffic, variable):
    """A value that is not accepted ends the start with the variable's name."""
    process = traffic(**{variable: "many"})
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert variable in errors
    assert "Traceback" not in errors
