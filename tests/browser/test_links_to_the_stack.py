"""Beside the servers of the stack the pages lead to Jaeger, Grafana and the alert inbox."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.chatting import ask
from tests.process.conftest import a_free_port, lites


@pytest.fixture(scope="module")
def lite(browser, tmp_path_factory):
    """An agent that was told where the servers are, as the compose file tells it."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(
            STACK_LINKS="1",
            PUBLIC_HOST="monitor.example",
            GRAFANA_PORT="3000",
            JAEGER_PORT="16686",
            INBOX_PORT="8080",
            SIM_LATENCY_SCALE="0",
            BENCHMARK_SECONDS="0",
        )


def test_answer_leads_to_jaeger_and_grafana(desk):
    """Trace, logs and dashboard of an answer are those of the servers, by its own trace id."""
    page = desk.open("/")
    answer = ask(page, "Where is my order 1042?")

    def href(testid: str) -> str:
        return answer.get_by_test_id(testid).get_attribute("href")

    jaeger, _, trace = href("trace").rpartition("/")
    assert jaeger == "http://monitor.example:16686/trace"
    assert len(trace) == 32
    logs = urlsplit(href("logs"))
    assert (logs.netloc, logs.path) == ("monitor.example:3000", "/explore")
    (pane,) = json.loads(parse_qs(logs.query)["panes"][0]).values()
    assert pane["datasource"] == "loki"
    (query,) = pane["queries"]
    assert query["expr"] == f'{{service_name="example-agent"}} | trace_id="{trace}"'
    assert href("dashboard") == "http://monitor.example:3000/d/overview"


def test_fault_leads_to_its_panel_and_runbook(desk):
    """A fault's panel is Grafana's, its runbook the inbox'; its alert is not this process's."""
    page = desk.open("/faults")
    card = page.locator("li[data-name=tool_failure]")
    panel = urlsplit(card.get_by_role("link", name="its panel").get_attribute("href"))
    assert (panel.netloc, panel.path) == ("monitor.example:3000", "/d/agent-performance-monitor")
    assert parse_qs(panel.query)["viewPanel"][0].startswith("panel-")
    runbook = card.get_by_role("link", name="runbook").get_attribute("href")
    assert runbook == "http://monitor.example:8080/runbooks/APICallFailures"
