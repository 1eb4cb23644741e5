"""Alerts that do not wait, with the shipped rules, from what happens to the inbox.

One agent in a container has every such trouble of its own; what the servers have is done to them.
A second instance of the sample agent runs beside it, so that no rule meets one alone.
"""

import time
from copy import deepcopy

import httpx
import pytest
import yaml

from commands.checkout import ROOT
from prometheus.thresholds import load
from tests.polling import wait_for
from tests.stack.panel_limits import shows

THRESHOLDS = ROOT / "prometheus" / "thresholds.yml"
SERVICE = f"troubled-{int(time.time())}"
"""Its own in each run: an alert that fires on is not delivered again."""
OF_THE_AGENT = {
    "APICallFailures/tool",
    "HighAPICost/cost",
    "DailyCostExceeded/cost",
    "UnpricedModel/model",
    "UsageMissing/model",
    "ToolLoop/agent",
    "BudgetNearlySpent/budget",
    "LabelOverflow/telemetry",
    "TelemetryDropping/telemetry",
    "TelemetryFault/telemetry",
    "AuditGap/audit",
    "LeakedSecret/logs",
}
OF_SERVERS = {
    "Watchdog/pipeline": "prometheus",
    "LokiDiscarding/loki": "loki",
    "PrometheusIngestionRejected/prometheus": "prometheus",
    "AlertmanagerNotificationsFailing/alertmanager": "alertmanager",
}
#: The beat's panel shows when it is missing; the inbox is taken away in a test of its own.
SHOWN_LATER = {"Watchdog/pipeline", "AlertmanagerNotificationsFailing/alertmanager"}
DELIVERED_SECONDS = 150
NOTICED_SECONDS = 240
#: Older than Loki (168 h) and Prometheus (30 m) take.
OLD_SECONDS = 200 * 3600
_OF_A_CONTAINER = ("image", "command", "environment", "user", "read_only", "tmpfs", "healthcheck")


def _like(project, service, **environment):
    """Return a further container like one of the stack, without its ports and volumes."""
    shipped = project.config["services"][service]
    copy = {key: deepcopy(shipped[key]) for key in _OF_A_CONTAINER if key in shipped}
    copy["environment"].update(environment)
    return copy


def _scraped(folder):
    """Write Prometheus' configuration with the further targets; return how it is laid over."""
    config = yaml.safe_load((ROOT / "prometheus/prometheus.yml").read_text("utf-8"))
    agent = next(job for job in config["scrape_configs"] if job["job_name"] == "example-agent")
    agent["static_configs"][0]["targets"].append("example-app-2:8000")
    troubled = {"targets": ["troubled-agent:8000"], "labels": {"service": SERVICE}}
    config["scrape_configs"].append({"job_name": "troubled", "static_configs": [troubled]})
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return _mounted(file, "/etc/prometheus/prometheus.yml")


def _mounted(file, target):
    return {"volumes": [{"type": "bind", "source": str(file), "target": target, "read_only": True}]}


@pytest.fixture(scope="module")
def beside(stack, project, changed_stack):
    """The stack with a second instance of the agent, visitors of it, and the troubled agent."""
    folders = {
        "AGENT_TELEMETRY_LOG_DIR": "/tmp/logs",
        "AGENT_TELEMETRY_STATE_DIR": "/tmp/state",
    }
    second = _like(project, "example-app", **folders)
    visitors = _like(project, "traffic", TARGET="http://example-app-2:8000")
    script = ROOT / "tests/stack/troubled_agent.py"
    troubled = {
        "image": second["image"],
        "command": ["python", "/srv/troubled_agent.py", SERVICE, "/tmp"],
        "tmpfs": ["/tmp:mode=1777,size=64m"],
        "environment": {"PYTHONPATH": "/srv"},
        **_mounted(script, "/srv/troubled_agent.py"),
    }
    added = {"example-app-2": second, "traffic-2": visitors, "troubled-agent": troubled}
    prometheus = _scraped(changed_stack.folder)
    changed_stack.apply({"prometheus": prometheus, **added}, added=tuple(added))
    return stack


def _rules(stack):
    answer = httpx.get(f"{stack.urls['prometheus']}/api/v1/rules", timeout=20).raise_for_status()
    return [rule for group in answer.json()["data"]["groups"] for rule in group["rules"]]


def test_every_rule_is_ok_with_two_instances(beside, prometheus):
    """Once two instances with traffic are scraped, no rule matches many to many."""

    def two_are_seen():
        seen = prometheus.value(
            'count(sum by (instance) (rate(agent_requests_total{job="example-agent"}[1m])) > 0)'
        )
        return seen == len(("example-app", "example-app-2")) and time.time()

    since = wait_for(two_are_seen, within=120, what="requests at two instances")

    def evaluated_since():
        rules = _rules(beside)
        assert {r["name"]: r["lastError"] for r in rules if r["health"] == "err"} == {}
        return all(_seconds(rule["lastEvaluation"]) > since for rule in rules)

    wait_for(evaluated_since, within=120, what="every rule is evaluated with two instances")


def _seconds(stamp):
    return time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def test_each_alert_that_does_not_wait_is_tried():
    """The lists above have every alert whose `for` is 0, and no other."""
    shipped = {alert.key for alert in load(THRESHOLDS).alerts if alert.hold == "0s"}
    assert OF_THE_AGENT | set(OF_SERVERS) == shipped


def test_troubles_reach_the_inbox(beside, inbox):
    """Each arrives, the first dear call after a start among them."""
    missing = dict.fromkeys(OF_THE_AGENT, SERVICE) | {
        key: of for key, of in OF_SERVERS.items() if "Notifications" not in key
    }

    def all_there():
        _trouble_the_servers(beside)
        for key, service in list(missing.items()):
            if _delivered(inbox, key, service):
                del missing[key]
        assert not missing, f"not at the inbox: {missing}"
        return True

    wait_for(all_there, within=DELIVERED_SECONDS, what="alerts at the inbox", pause=4)


def test_their_panels_show_them(beside, sources):
    """The panel that each of these alerts names has a number beyond its line."""
    of_servers = {key for key in OF_SERVERS if key not in SHOWN_LATER}
    missing = {*OF_THE_AGENT, *of_servers}

    def all_shown():
        _trouble_the_servers(beside)
        shown = {key for key in missing if shows(sources, key, service=SERVICE)}
        missing.difference_update(shown)
        assert not missing, f"not to be seen: {sorted(missing)}"
        return True

    wait_for(all_shown, within=DELIVERED_SECONDS, what="panels show what is wrong", pause=2)


def test_an_inbox_that_was_away_hears_of_it(beside, inbox, prometheus, outage, sources):
    """Alerts that could not be delivered are an alert, once somebody can be told."""
    name = "AlertmanagerNotificationsFailing"
    outage.take("logger")
    query = f'count(ALERTS{{alertname="{name}", alertstate="firing"}})'
    wait_for(lambda: prometheus.value(query), within=NOTICED_SECONDS, what=f"{name} fires")
    assert shows(sources, f"{name}/alertmanager")
    outage.bring_back()

    def arrived():
        return _delivered(inbox, f"{name}/alertmanager", "alertmanager")

    wait_for(arrived, within=DELIVERED_SECONDS, what=f"{name} at the inbox")


def _delivered(inbox, key, service):
    name, scope = key.split("/")
    return [
        entry
        for entry in inbox.alerts(name, "firing", 0)
        if entry["labels"]["scope"] == scope and entry["labels"]["service"] == service
    ]


def _trouble_the_servers(stack):
    """Do to Loki and Prometheus what they refuse; their alerts last as long as it is repeated."""
    _trouble_loki(stack.urls["loki"])
    _trouble_prometheus(stack.urls["otel-collector"])


def _trouble_loki(url):
    """Send a line with a made-up key, and lines that are too old to be taken."""
    now = time.time()
    key = "sk-" + "madeup" * 5
    for service, at, lines in (
        (SERVICE, now, [f"The key is {key}."]),
        ("old", now - OLD_SECONDS, [f"line {number}" for number in range(20)]),
    ):
        values = [[str(int(at * 1e9) + index), line] for index, line in enumerate(lines)]
        stream = {"stream": {"service_name": service}, "values": values}
        httpx.post(f"{url}/loki/api/v1/push", json={"streams": [stream]}, timeout=20)


def _trouble_prometheus(url):
    """Send numbers that are too old to be taken, as an agent whose clock is wrong does."""
    at = str(int((time.time() - OLD_SECONDS) * 1e9))
    points = [
        {
            "asInt": "1",
            "timeUnixNano": at,
            "attributes": [{"key": "number", "value": {"stringValue": str(n)}}],
        }
        for n in range(20)
    ]
    metric = {"name": "a_late_number", "gauge": {"dataPoints": points}}
    body = {"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"metrics": [metric]}]}]}
    httpx.post(f"{url}/v1/metrics", json=body, timeout=20).raise_for_status()
