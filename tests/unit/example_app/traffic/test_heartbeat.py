"""The health check of the traffic's container: by the command that the compose file has."""

import os
import subprocess
import sys
import time

import pytest
import yaml

from commands.checkout import ROOT
from example_app.traffic.heartbeat import Heartbeat, silence_allowed

SERVICE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["traffic"]


def check(file):
    """Run the container's health check on another file; return its exit code and output."""
    command = SERVICE["healthcheck"]["test"]
    assert command[:2] == ["CMD", "python"]
    assert command[-1] == SERVICE["environment"]["TRAFFIC_HEARTBEAT_FILE"]
    done = subprocess.run(
        [sys.executable, *command[2:-1], str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_fresh_beat_is_healthy(tmp_path):
    """A file that was touched just now is life."""
    Heartbeat(tmp_path / "beat").beat()
    assert check(tmp_path / "beat") == (0, "")


@pytest.mark.parametrize(("age", "code"), [(30, 0), (90, 1)])
def test_old_beat_is_unhealthy(tmp_path, age, code):
    """A process that has not beaten for over a minute is unhealthy, and the check says so."""
    file = tmp_path / "beat"
    Heartbeat(file).beat()
    os.utime(file, (time.time() - age,) * 2)
    found, said = check(file)
    assert found == code
    assert ("s ago" in said) == bool(code)


def test_no_beat_is_unhealthy(tmp_path):
    """A process that never began is unhealthy."""
    assert check(tmp_path / "beat")[0] == 1


def test_check_loads_no_locust(tmp_path):
    """It runs every ten seconds: it must not load what the traffic itself needs."""
    code = "import sys, example_app.traffic.heartbeat; sys.exit('locust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("rate", [0.01, 1, 40, 6000])
def test_silence_is_allowed_by_the_rate(rate):
    """The rarer the requests, the longer none may end; a request that hangs is waited for."""
    assert silence_allowed(rate) >= 90 + 10 * 60 / rate
