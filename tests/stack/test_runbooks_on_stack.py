"""What a runbook tells to ask and to type works on the running stack, as it stands there."""

import re
import time

import httpx
import pytest

from commands.host_ports import port_variables
from commands.running import Running
from tests.polling import wait_for
from tests.rules.known_series import SCRAPE_LABELS, server_series
from tests.rules.runbook_files import blocks, runbooks

_HOUR_SECONDS = 3600
#: Commands in a container that change something are not run here.
_CHANGES = re.compile(r"silence add|alert add")
#: Which labels an exporter of OpenTelemetry adds by itself.
_EXPORTER_LABELS = {"__name__", "otel_scope_name"}

every_runbook = pytest.mark.parametrize("alert", sorted(runbooks()))


def _queries(alert: str, language: str) -> list[str]:
    return [one.text for one in blocks(language) if one.alert == alert]


@every_runbook
def test_promql_is_evaluated(stack, alert):
    """Prometheus evaluates every query; an empty answer is one."""
    url = f"{stack.urls['prometheus']}/api/v1/query"
    for query in _queries(alert, "promql"):
        answer = httpx.get(url, params={"query": query}, timeout=30).json()
        assert answer["status"] == "success", f"{query}: {answer}"
        assert "warnings" not in answer, f"{query}: {answer['warnings']}"


@every_runbook
def test_logql_is_evaluated(stack, alert):
    """Loki evaluates every query over the last hour; an empty answer is one."""
    url, now = f"{stack.urls['loki']}/loki/api/v1/query_range", time.time()
    window = {"start": int((now - _HOUR_SECONDS) * 1e9), "end": int(now * 1e9), "step": "60s"}
    for query in _queries(alert, "logql"):
        answer = httpx.get(url, params={"query": query, "limit": 20, **window}, timeout=60)
        assert answer.status_code == httpx.codes.OK, f"{query}: {answer.text}"


@every_runbook
def test_addresses_answer(stack, alert):
    """Every address that is only read, by `curl` or in a browser, is there; Grafana where it is."""
    for port, path in re.findall(r"http://localhost:(\d+)(/[^\s'`)]*)?", runbooks()[alert]):
        service = next(one for one, target in port_variables() if target == int(port))
        if service not in stack.urls or service not in stack.services:
            continue
        answer = httpx.get(stack.urls[service] + path, timeout=20, follow_redirects=True)
        # A call that needs a body, such as POST /chat, refuses to be read.
        assert answer.status_code in {200, 404, 405}, f"{path}: {answer.status_code}"
        assert answer.status_code != 404 or "/faults/" in path, path


@every_runbook
def test_commands_in_containers_run(project, alert):
    """What is run inside a container is there, and takes its arguments."""
    for block in (one for one in blocks("sh") if one.alert == alert):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = line.split()
            if words[:3] == ["docker", "compose", "exec"] and not _CHANGES.search(line):
                assert project.output("exec", "-T", *words[3:])


def test_series_of_the_servers_are_there(stack):
    """Each listed series has exactly the labels that the list says; a rare one may be absent."""
    for name, row in server_series().items():
        found = wait_for(
            lambda name=name: _series(stack, name) or "appears" in server_series()[name],
            within=120,
            what=f"{name} is scraped",
        )
        if found is not True:
            labels = set().union(*found) - SCRAPE_LABELS - _EXPORTER_LABELS
            assert labels <= set(row["labels"]), name
            assert "appears" in row or labels == set(row["labels"]), name


def _series(stack: Running, name: str) -> list[dict[str, str]]:
    url = f"{stack.urls['prometheus']}/api/v1/series"
    answer = httpx.get(url, params={"match[]": name}, timeout=20).json()
    return list(answer["data"])
