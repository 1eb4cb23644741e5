"""In lite every step of an alert is the agent's own: fault, rule, notifier, and its end."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rich.console import Console

from commands.addresses import APP
from commands.checkout import ROOT
from commands.incident import make_incident
from commands.incident_run import Bounds
from commands.incident_story import Story
from commands.running import Running
from example_app.inbox.webhook import read_webhook
from example_app.incidents import load_incidents
from tests.polling import wait_for
from tests.process.conftest import a_free_port, lites

#: A minute becomes a quarter of one, and the rules are looked at each second.
SHORT = {"AGENT_TELEMETRY_ALERTS_SECONDS": "1", "AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS": "15"}
#: tests/long has those that take longer.
FAULTS = ("tool_failure", "cost_spike", "cache_storm", "provider_500", "malformed_tool_json")


class _Receiver(BaseHTTPRequestHandler):
    """Takes what a webhook is sent, as the alert inbox would, and what Slack is sent."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.path, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def received():
    """What was posted, with its path; and the address to post it to."""
    found: list[tuple[str, bytes]] = []
    handler = type("Receiver", (_Receiver,), {"received": found})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield found, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def lite(tmp_path_factory, received):
    """One lite process that tells its log, a webhook, and a fake of Slack."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(
            SIM_LATENCY_SCALE="0",
            BENCHMARK_SECONDS="0",
            AGENT_TELEMETRY_ALERTS_WEBHOOK=f"{received[1]}/alerts",
            SLACK_WEBHOOK=f"{received[1]}/slack",
            **SHORT,
        )


def _told_of(received, name: str) -> list[str]:
    """Return what the webhook was told of an alert, by status and in order."""
    return [
        alert.status
        for path, body in received[0]
        if path == "/alerts"
        for alert in read_webhook(body).alerts
        if alert.alertname == name
    ]


def _logged(lite, name: str) -> list[str]:
    """Return what the agent's JSON log has of an alert, by status and in order."""
    lines = [
        json.loads(line)
        for path in sorted((lite.directory / "logs").glob("app-*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if name in line and '"alert_' in line
    ]
    ours = [line for line in lines if line["extra"].get("alert") == name]
    assert all(line["level"] in {"WARN", "INFO"} for line in ours)
    return [line["event"].removeprefix("alert_") for line in ours]


def _fires(lite, name: str) -> bool:
    alerts = lite.http.get("/alerts").json()["alerts"]
    return any(alert["name"] == name and alert["state"] == "firing" for alert in alerts)


def follow(lite, received, fault: str, *, wait: float) -> None:
    """Make an incident; check that webhook, Slack and the agent's log are told begin and end."""
    incident = load_incidents()[fault].in_lite()
    assert incident.alert is not None
    places = {
        "webhook": lambda: _told_of(received, incident.alert),
        "log": lambda: _logged(lite, incident.alert),
    }
    wait_for(
        lambda: (
            not _fires(lite, incident.alert)
            and all(told()[-1:] != ["firing"] for told in places.values())
        ),
        within=wait,
        what=f"{incident.alert} of an earlier fault is over",
    )
    before = {place: len(told()) for place, told in places.items()}
    posted = len(received[0])
    told = io.StringIO()
    running = Running("lite", {APP: str(lite.http.base_url).rstrip("/")}, log_directory=ROOT)
    make_incident(incident, running, Story(Console(file=told, width=140)), Bounds(wait=wait))
    steps = [
        "fault started",
        f"{incident.alert} delivered",
        "fault stopped",
        f"{incident.alert} resolved",
    ]
    assert [told.getvalue().find(step) for step in steps] == sorted(
        told.getvalue().index(step) for step in steps
    )
    for place, everything in places.items():
        wait_for(
            lambda: "resolved" in everything()[before[place] :],  # noqa: B023 -- asked at once
            within=30,
            what=f"the {place} is told of the end",
        )
        assert everything()[before[place]] == "firing"
    texts = [json.loads(body)["text"] for path, body in received[0][posted:] if path == "/slack"]
    assert any(text.startswith(f"🚨 {incident.alert}\n") for text in texts)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_told_and_its_end_too(lite, received, fault):
    """`make incident` sees firing and resolved from the agent; webhook and Slack are told both."""
    follow(lite, received, fault, wait=90)


def test_lite_has_a_rule_for_every_incident(lite):
    """Each incident that names an alert has its rule in the agent, by name and scope."""
    rules = {(rule["name"], rule["scope"]) for rule in lite.http.get("/alerts").json()["rules"]}
    incidents = [each.in_lite() for each in load_incidents().values()]
    named = {(each.alert, each.scope) for each in incidents if each.alert}
    assert named <= rules
