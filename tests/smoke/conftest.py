"""What the smoke test's checks need: what runs, its parts, a canary; and the order of checks."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from commands.addresses import APP
from commands.checkout import RUN_DIR
from commands.dead_containers import dead_containers, obituary
from commands.environment import variables
from commands.lite_process import start_lite, stop_lite
from commands.running import Running, find_running, running_lite
from tests.polling import wait_for
from tests.smoke.backends import Inbox, Jaeger, Loki, Prometheus
from tests.smoke.chat_requests import Canary, drive, send_canary
from tests.smoke.check_report import CheckReport
from tests.smoke.grafana_panels import basic
from tests.smoke.log_file import FolderLogFile, LogFile, VolumeLogFile

# What everything else rests on comes first; what disturbs the others (faults) comes last.
_ORDER = (
    "test_ready",
    "test_canary",
    "test_bad_input",
    "test_metrics",
    "test_traces",
    "test_zipkin",
    "test_logs",
    "test_elasticsearch",
    "test_correlation",
    "test_rules",
    "test_grafana",
    "test_kibana",
    "test_fault",
    "test_alert_delivery",
)

# Parts that only a profile has.
PROFILES = {"elasticsearch": "elk", "kibana": "elk", "zipkin": "zipkin"}

_SHOW = CheckReport()

WaitFor = Callable[..., object]


def pytest_configure(config: pytest.Config) -> None:
    """Speak in sentences."""
    config.pluginmanager.register(_SHOW, "smoke-check-report")
    config.option.reportchars = ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the checks."""
    items.sort(key=lambda item: _ORDER.index(Path(item.path).stem))


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """What runs; the lite version on a free port if nothing does, stopped afterwards."""
    found = find_running()
    if found is not None:
        _SHOW.running = found
        print(f"Testing what runs: {found.way} at {found.urls[APP]}")
        yield found
        return
    lite = start_lite(_free_port(), RUN_DIR / "smoke")
    try:
        _SHOW.running = running_lite(lite)
        yield _SHOW.running
    finally:
        stop_lite(lite)


@pytest.fixture(autouse=True)
def nothing_died(running: Running) -> Callable[[], None]:
    """Stop the whole run at once when a container has died: nothing else it tells is worth it."""

    def look() -> None:
        if running.project is None:
            return
        dead = dead_containers(running.project)
        if dead:
            told = "\n\n".join(obituary(running.project, container) for container in dead)
            pytest.exit(f"a container died\n{told}", returncode=1)

    look()
    return look


@pytest.fixture
def poll(nothing_died: Callable[[], None]) -> WaitFor:
    """`wait_for`, given up at once when a container dies."""

    def ask(question: Callable[[], object], *, within: float, what: str) -> object:
        return wait_for(question, within=within, what=what, watch=nothing_died)

    return ask


@pytest.fixture(scope="session")
def app(running: Running) -> Iterator[httpx.Client]:
    """The sample agent."""
    with httpx.Client(base_url=running.urls[APP], timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def run_id() -> str:
    """Start of every request id of this run."""
    return f"smoke-canary-{int(time.time())}-{os.getpid()}"


@pytest.fixture(scope="session")
def canary(app: httpx.Client, run_id: str) -> Canary:
    """One request that is looked for in every signal."""
    return send_canary(app, run_id)


@pytest.fixture(scope="session")
def chats(app: httpx.Client, run_id: str) -> Callable[[int, str], list[httpx.Response]]:
    """Sends chats that no cache answers: how many, and a word for their request ids."""

    def send(count: int, label: str) -> list[httpx.Response]:
        return drive(app, count, f"{run_id}-{label}")

    return send


@pytest.fixture(scope="session")
def full(running: Running) -> Running:
    """The full stack; what needs it is left out on lite."""
    if running.way != "full":
        pytest.skip("lite has no servers; needs the full stack")
    return running


def _client(full: Running, service: str) -> Iterator[httpx.Client]:
    if service not in full.services and (profile := PROFILES.get(service)):
        assert full.project is not None
        on = any(PROFILES.get(each) == profile for each in full.services)
        if not on and profile not in full.project.named_profiles:
            pytest.skip(f"the profile {profile} is off: make up PROFILES={profile} starts it")
    if service not in full.services:
        pytest.skip(f"{service} does not run here: its image was not to be had by `make up`")
    with httpx.Client(base_url=full.urls[service], timeout=20) as client:
        yield client


@pytest.fixture(scope="session")
def prometheus_http(full: Running) -> Iterator[httpx.Client]:
    """Prometheus over HTTP."""
    yield from _client(full, "prometheus")


@pytest.fixture(scope="session")
def prometheus(prometheus_http: httpx.Client) -> Prometheus:
    """Prometheus' query API."""
    return Prometheus(prometheus_http)


@pytest.fixture(scope="session")
def jaeger(full: Running) -> Iterator[Jaeger]:
    """Jaeger's query API."""
    for client in _client(full, "jaeger"):
        yield Jaeger(client)


@pytest.fixture(scope="session")
def loki(full: Running) -> Iterator[Loki]:
    """Loki's query API."""
    for client in _client(full, "loki"):
        yield Loki(client)


@pytest.fixture(scope="session")
def inbox(full: Running) -> Iterator[Inbox]:
    """The alert inbox."""
    for client in _client(full, "logger"):
        yield Inbox(client)


@pytest.fixture(scope="session")
def grafana(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Grafana's API, logged in: that of GRAFANA_URL, or the one of the stack."""
    given = variables()
    if url := given.get("GRAFANA_URL"):
        user, password = given.get("GRAFANA_ADMIN_USER"), given.get("GRAFANA_ADMIN_PASSWORD")
        with httpx.Client(base_url=url, timeout=20) as client:
            yield _logged_in(client, user, password)
        return
    full: Running = request.getfixturevalue("full")
    for client in _client(full, "grafana"):
        assert full.project is not None
        settings = full.project.config["services"]["grafana"]["environment"]
        user = settings.get("GF_SECURITY_ADMIN_USER")
        yield _logged_in(client, user, settings.get("GF_SECURITY_ADMIN_PASSWORD"))


def _logged_in(client: httpx.Client, user: str | None, password: str | None) -> httpx.Client:
    client.headers["authorization"] = basic(user or "admin", password or "admin")
    return client


@pytest.fixture(scope="session")
def zipkin(full: Running) -> Iterator[httpx.Client]:
    """Zipkin's API."""
    yield from _client(full, "zipkin")


@pytest.fixture(scope="session")
def elasticsearch(full: Running) -> Iterator[httpx.Client]:
    """Elasticsearch's API, logged in where security is on."""
    for client in _client(full, "elasticsearch"):
        client.auth = _elastic_login(full)
        yield client


@pytest.fixture(scope="session")
def kibana(full: Running) -> Iterator[httpx.Client]:
    """Kibana's API, logged in where security is on."""
    for client in _client(full, "kibana"):
        client.auth = _elastic_login(full)
        yield client


def _elastic_login(full: Running) -> tuple[str, str] | None:
    assert full.project is not None
    settings = full.project.config["services"]["elasticsearch"]["environment"]
    password = settings.get("ELASTIC_PASSWORD")
    return ("elastic", password) if password else None


@pytest.fixture(scope="session")
def log_file(running: Running) -> LogFile:
    """The app's JSON log file, wherever it is kept."""
    if running.project is not None:
        return VolumeLogFile(running.project)
    assert running.log_directory is not None
    if not any(running.log_directory.glob("app-*.jsonl")):
        pytest.skip(f"no log files in {running.log_directory}: it was not started by make")
    return FolderLogFile(running.log_directory)


@pytest.fixture
def faults(app: httpx.Client) -> Iterator[Callable[[str], None]]:
    """Starts a fault; every fault is cleared afterwards, however the check ends."""

    def start(name: str) -> None:
        response = app.put(f"/faults/{name}", json={"duration_seconds": 900})
        assert response.status_code == 200, f"{response.status_code}: {response.text}"

    if app.get("/faults").status_code != 200:
        pytest.skip("faults are off here (FAULTS_ENABLED=1 turns them on)")
    try:
        yield start
    finally:
        # With a body of its own content type: state-changing calls need it.
        app.request("DELETE", "/faults", json={}).raise_for_status()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
