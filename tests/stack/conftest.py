"""The shipped compose file as a project of its own, on free ports, for the time of the tests."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from commands.addresses import APP
from commands.checkout import ROOT
from commands.compose_project import ComposeProject
from commands.engine import NoEngineError, find_engine
from commands.environment import flag
from commands.host_ports import port_variables
from commands.running import Running, find_full
from commands.up import IMAGES_NOT_TO_BE_HAD
from tests.fixed_order import keep_order
from tests.smoke.backends import Inbox, Jaeger, Loki, Prometheus
from tests.stack.changed_stack import ChangedStack
from tests.stack.panel_queries import Sources

PROJECT = os.environ.get("STACK_TEST_PROJECT") or f"ams-test-{os.getpid()}"
"""One of its own for each run, so that two runs on one machine do not meet."""
RUNNING = flag("STACK_TEST_RUNNING")
"""Test the stack of this checkout that runs, and leave it running: for work on these tests."""

# Quiet is only what nothing has disturbed yet; alerts that fire would be in every other test's way.
_ORDER = {
    "test_quiet_stack": -3,
    "test_panels": -2,  # most of what they show of failures is rightly empty so far
    "test_rules_live": -1,
    "test_outage": 2,
    "test_alerts_as_shipped": 3,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are about one stack, which remembers what was done to it."""
    keep_order(items, Path(__file__).parent, _ORDER)


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, all different: each is held until the last is found."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture(scope="session")
def stack_environment() -> Mapping[str, str]:
    """The variables that make the shipped file a second, separate stack."""
    if RUNNING:
        return {}
    variables = sorted(set(port_variables().values()))
    ports = zip(variables, map(str, _free_ports(len(variables))), strict=True)
    return {"COMPOSE_PROJECT_NAME": PROJECT, "PROFILES": "elk,host,zipkin", **dict(ports)}


@pytest.fixture(scope="session")
def stack(stack_environment: Mapping[str, str]) -> Iterator[Running]:
    """The running stack, started by `make up`'s command; left out without Docker or images."""
    try:
        find_engine()
    except NoEngineError as missing:
        pytest.skip(f"needs Docker: {missing}")
    if RUNNING:
        yield _find_stack(stack_environment)
        return
    run_command("down", **stack_environment, VOLUMES="1")
    try:
        up = run_command("up", **stack_environment)
        if up.returncode == IMAGES_NOT_TO_BE_HAD:
            # Compose's own words about each pull come before; ours are the last paragraph.
            pytest.skip(up.stderr[up.stderr.rindex("These images") :].strip())
        assert up.returncode == 0, up.stdout[-8000:] + up.stderr[-8000:]
        yield _find_stack(stack_environment)
    finally:
        run_command("down", **stack_environment, VOLUMES="1")


def _find_stack(environment: Mapping[str, str]) -> Running:
    """Return the stack of these variables, which other tests shall not see."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        running = find_full()
    assert running is not None
    assert running.project is not None
    return replace(running, project=replace(running.project, extra_environment=environment))


def run_command(name: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run one of `make`'s commands with further variables; return what it said."""
    return subprocess.run(
        (sys.executable, "-m", f"commands.{name}"),
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture
def command() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs one of `make`'s commands."""
    return run_command


@pytest.fixture(scope="session")
def project(stack: Running) -> ComposeProject:
    """The compose project of the stack."""
    assert stack.project is not None
    return stack.project


@pytest.fixture
def app(stack: Running) -> Iterator[httpx.Client]:
    """The sample agent."""
    with httpx.Client(base_url=stack.urls[APP], timeout=60) as client:
        yield client


@pytest.fixture
def loki(stack: Running) -> Iterator[Loki]:
    """Loki's query API."""
    with httpx.Client(base_url=stack.urls["loki"], timeout=20) as client:
        yield Loki(client)


@pytest.fixture
def jaeger(stack: Running) -> Iterator[Jaeger]:
    """Jaeger's query API."""
    with httpx.Client(base_url=stack.urls["jaeger"], timeout=20) as client:
        yield Jaeger(client)


@pytest.fixture
def prometheus(stack: Running) -> Iterator[Prometheus]:
    """Prometheus' query API."""
    with httpx.Client(base_url=stack.urls["prometheus"], timeout=20) as client:
        yield Prometheus(client)


@pytest.fixture(scope="session")
def sources(stack: Running) -> Iterator[Sources]:
    """The data sources of the dashboards."""
    made = Sources(stack.urls)
    yield made
    made.close()


class Outage:
    """Takes services away and brings them back.

    Args:
        project: the running stack.
    """

    def __init__(self, project: ComposeProject) -> None:
        self._project = project
        self._gone: list[str] = []

    def take(self, service: str, how: str = "stop") -> None:
        """End a service: `stop` it in order or `kill` it."""
        self._gone.append(service)
        self._project.output(how, service)

    def bring_back(self) -> None:
        """Start again what was taken, and wait until it is healthy."""
        if self._gone:
            words = ("up", "--detach", "--wait", "--no-deps", "--no-recreate")
            self._project.output(*words, *self._gone)
            self._gone.clear()


@pytest.fixture(scope="module")
def changed_stack(
    project: ComposeProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChangedStack]:
    """Changes services; they are as shipped again after the tests of a file."""
    changed = ChangedStack(project, tmp_path_factory.mktemp("changed-stack"))
    try:
        yield changed
    finally:
        changed.put_back()


@pytest.fixture
def inbox(stack: Running) -> Iterator[Inbox]:
    """The alert inbox."""
    with httpx.Client(base_url=stack.urls["logger"], timeout=20) as client:
        yield Inbox(client)


@pytest.fixture
def outage(project: ComposeProject) -> Iterator[Outage]:
    """Takes services away; they are back afterwards in any case."""
    taken = Outage(project)
    yield taken
    taken.bring_back()
