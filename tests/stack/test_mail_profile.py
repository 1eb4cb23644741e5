"""The profile `mail` as people start it: the shipped files in a project of their own."""

import os
import subprocess
from uuid import uuid4

import httpx
import pytest

from tests.config.compose_files import ROOT, services
from tests.config.server_programs import leave_out
from tests.polling import wait_for
from tests.process.conftest import a_free_port

NEEDED = ("init", "alertmanager", "mailpit")
ALERT = {"alertname": "HighAPICost", "severity": "critical", "scope": "cost", "service": "shop"}


class _Project:
    """Alertmanager and the mail inbox beside whatever else runs on this machine."""

    def __init__(self) -> None:
        self.name = f"mail-profile-{uuid4().hex[:8]}"
        self.ports = {"ALERTMANAGER_PORT": str(a_free_port()), "MAIL_PORT": str(a_free_port())}
        self.alertmanager = f"http://127.0.0.1:{self.ports['ALERTMANAGER_PORT']}"
        self.inbox = f"http://127.0.0.1:{self.ports['MAIL_PORT']}"

    def compose(self, *words: str, **variables: str) -> None:
        """Run a compose command on the shipped files, without anybody's `.env`."""
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        done = subprocess.run(
            ["docker", "compose", "--project-name", self.name, "--env-file", os.devnull, *words],
            cwd=ROOT, env={**kept, **self.ports, **variables}, capture_output=True, text=True,
            check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]

    def start(self, *services_: str, before: tuple[str, ...] = (), **variables: str) -> None:
        """Start services and wait until they are healthy."""
        words = ("up", "--detach", "--wait", "--pull", "never", "--no-build", *services_)
        self.compose(*before, *words, **variables)

    def smarthosts(self) -> int:
        """Return how often the running configuration names the inbox."""
        status = httpx.get(f"{self.alertmanager}/api/v2/status").json()
        return status["config"]["original"].count("smarthost: mailpit:1025")

    def mails(self) -> int:
        """Return how many mails the inbox holds."""
        return httpx.get(f"{self.inbox}/api/v1/messages").json()["total"]


@pytest.fixture
def project():
    """A project whose containers and volumes are gone afterwards."""
    for image in (services()[name]["image"] for name in NEEDED):
        asked = ["docker", "image", "inspect", image]
        try:
            found = subprocess.run(asked, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            leave_out("there is no docker command")
        if not found:
            leave_out(f"the image {image} is not here (make images)")
    made = _Project()
    try:
        yield made
    finally:
        made.compose("--profile", "mail", "down", "--volumes", "--timeout", "3")


@pytest.mark.parametrize(
    ("before", "variables"),
    [(("--profile", "mail"), {}), ((), {"COMPOSE_PROFILES": "mail"})],
    ids=["--profile mail (as make up PROFILES=mail)", "COMPOSE_PROFILES=mail"],
)
def test_each_way_of_starting_the_profile_brings_the_mails(before, variables, project):
    """A running Alertmanager learns of the inbox, and a mail is there without any setting."""
    project.start("alertmanager")
    assert project.smarthosts() == 0

    project.start("alertmanager", "mailpit", before=before, **variables)
    wait_for(project.smarthosts, within=30, what="the inbox in the running configuration")
    told = {"summary": "It broke.", "description": "All of it."}
    httpx.post(
        f"{project.alertmanager}/api/v2/alerts", json=[{"labels": ALERT, "annotations": told}]
    ).raise_for_status()

    wait_for(project.mails, within=60, what="a mail in the inbox")


def test_without_the_profile_no_mail_server_is_configured(project):
    """After the profile was off at a start, nothing is sent to a server that is not there."""
    project.start("alertmanager", "mailpit", before=("--profile", "mail"))
    assert project.smarthosts() == 1
    project.compose("--profile", "mail", "down", "--timeout", "3")

    project.start("alertmanager")

    assert project.smarthosts() == 0
