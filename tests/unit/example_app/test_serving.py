"""The programs beside the agent: how they start, say where they are, and refuse a taken port."""

import json
import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from commands.checkout import ROOT
from tests.polling import wait_for

PROGRAMS = ("simulator", "inbox")

every_program = pytest.mark.parametrize("name", PROGRAMS)


@pytest.fixture
def start():
    """Start a program on a port; end it, come what may."""
    started = []

    def begin(name, port):
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
        process = subprocess.Popen(
            (sys.executable, "-m", f"example_app.{name}"),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@every_program
def test_program_says_where_it_listens_and_ends_on_sigterm(start, name):
    """Its first line is JSON with its address; it answers there, and ends in order."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(name, port)
    told = json.loads(process.stdout.readline())
    assert told == {"event": f"{name}_started", "listening": f"127.0.0.1:{port}"}
    url = f"http://127.0.0.1:{port}/health"
    wait_for(lambda: httpx.get(url).is_success, within=30, what="it answers", pause=0.1)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in errors


@every_program
def test_taken_port_is_said_by_its_variable(start, name):
    """A port that somebody holds ends the start with 2 and the variable's name, before it began."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        output, errors = start(name, port).communicate(timeout=60)
    assert f"{name}: PORT={port}" in errors
    assert "Traceback" not in errors
    assert output == ""
