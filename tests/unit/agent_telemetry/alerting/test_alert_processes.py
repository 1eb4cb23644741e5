"""Alerts and processes: how they end, what a forked child tells, and which worker speaks."""

import os
import socket
import subprocess
import sys
import time

from tests.polling import wait_for
from tests.unit.agent_telemetry.alerting.alert_doubles import receiver

_QUIET = {"AGENT_TELEMETRY_LOG_STDOUT": "0", "AGENT_TELEMETRY_LOG_STDERR": "0"}

ENDS = """
import time
from agent_telemetry import AlertRule, create_observability_stack
stack = create_observability_stack("shop")
stack.alerts.add_rule(AlertRule("Always", "critical", lambda _: True, lambda _: "it is"))
stack.alerts.add_rule(AlertRule("Stuck", "info", lambda _: time.sleep(600), lambda _: ""))
print("begun", flush=True)
input()
print("ends", flush=True)
"""

CHILDREN = """
import os, sys
from agent_telemetry import AlertRule, create_observability_stack
stack = create_observability_stack("shop")
rule = AlertRule("ToolFails", "warning", lambda now: now.tool_failures.get("lookup", 0) >= 2,
                 lambda now: f"{now.tool_failures['lookup']:.0f} of {os.getpid()}")
stack.alerts.add_rule(rule)
stack.metrics.record_tool_call("lookup", success=False)
own = AlertRule("Parents", "warning", lambda now: os.getpid() == parent, lambda now: "parent's")
parent = os.getpid()
stack.alerts.add_rule(own)
stack.alerts.evaluate()
children = []
for works in (False, True):
    child = os.fork()
    if child == 0:
        if not works:
            assert stack.alerts.state() == stack.alerts.history() == []
        if works:
            for _ in range(2):
                stack.metrics.record_tool_call("lookup", success=False)
        sys.stdin.read()
        os._exit(0)
    children.append(child)
print(*children, flush=True)
sys.stdin.read()
for child in children:
    os.waitpid(child, 0)
"""

WORKERS = """
import os, sys, time
from agent_telemetry import AlertRule, create_observability_stack
stack = create_observability_stack("shop")
rule = AlertRule("ToolFails", "warning", lambda now: now.tool_failures.get("lookup", 0) >= 3,
                 lambda now: f"{now.tool_failures['lookup']:.0f} calls failed")
stack.alerts.add_rule(rule)
for number in range(3):
    if os.fork() == 0:
        stack.metrics.at_work()
        while not stack.alerts._reader._begun:  # it counts from here on
            time.sleep(0.01)
        open(f"begun-{number}", "w").close()
        while len([each for each in os.listdir() if each.startswith("begun-")]) < 3:
            time.sleep(0.01)
        stack.metrics.record_tool_call("lookup", success=False)
        deadline = time.monotonic() + 30
        states = []
        while time.monotonic() < deadline and "firing" not in states:
            time.sleep(0.05)
            states = [each["state"] for each in stack.alerts.state()]
        os.write(1, (",".join(states) + "\\n").encode())
        sys.stdin.read()
        os._exit(0)
sys.stdin.read()
for _ in range(3):
    os.wait()
"""


def _start(script: str, where, **variables: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=where,
        env={"PATH": os.environ["PATH"], **_QUIET, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_process_ends_in_time_whatever_hangs(tmp_path):
    """With a receiver that never answers and a rule that never returns, exit takes at most 2 s."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with _start(
            ENDS,
            tmp_path,
            AGENT_TELEMETRY_ALERTS_SECONDS="1",
            AGENT_TELEMETRY_ALERTS_WEBHOOK=url,
        ) as child:
            assert child.stdout.readline() == "begun\n"
            connection, _ = silent.accept()  # a delivery is under way
            with connection:
                child.stdin.write("\n")
                child.stdin.flush()
                assert child.stdout.readline() == "ends\n"
                began = time.monotonic()
                child.wait(timeout=30)
                took = time.monotonic() - began
    assert child.returncode == 0
    assert took <= 2


def test_forked_child_tells_of_its_own_failures_only(tmp_path):
    """A child that counts failures tells of them; one that does nothing of its own is silent.

    Neither ends what fires in their parent.
    """
    with (
        receiver() as webhook,
        _start(
            CHILDREN,
            tmp_path,
            AGENT_TELEMETRY_ALERTS_SECONDS="1",
            AGENT_TELEMETRY_ALERTS_WEBHOOK=webhook.url,
        ) as parent,
    ):
        _, working = parent.stdout.readline().split()
        wait_for(lambda: len(webhook.bodies) > 1, within=20, what="the child tells", pause=0.05)
        parent.stdin.close()
        parent.wait(timeout=30)
    texts = [body["alerts"][0]["annotations"]["description"] for body in webhook.bodies]
    assert sorted(texts) == [f"2 of {working}", "parent's"]
    assert {body["status"] for body in webhook.bodies} == {"firing"}


def test_one_of_several_workers_speaks(tmp_path):
    """Three workers see the failures of all, each shows the alert, and one tells of it."""
    folder = tmp_path / "shared"
    folder.mkdir()
    with (
        receiver() as webhook,
        _start(
            WORKERS,
            tmp_path,
            AGENT_TELEMETRY_ALERTS_SECONDS="1",
            AGENT_TELEMETRY_ALERTS_WEBHOOK=webhook.url,
            PROMETHEUS_MULTIPROC_DIR=str(folder),
        ) as parent,
    ):
        for _ in range(3):
            assert parent.stdout.readline() == "firing\n"
        wait_for(lambda: webhook.bodies, within=20, what="one tells", pause=0.05)
        parent.stdin.close()
        parent.wait(timeout=30)
    texts = [body["alerts"][0]["annotations"]["description"] for body in webhook.bodies]
    assert texts == ["3 calls failed"]
