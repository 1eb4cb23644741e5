"""A backend that dies costs nothing but time: the agent answers, and what waited arrives."""

import os
import time

import pytest

from tests.polling import wait_for
from tests.smoke.chat_requests import send_canary

ARRIVES_SECONDS = 120


@pytest.fixture
def outage(project):
    """Takes a service away; brings it back afterwards in any case."""
    gone: list[str] = []

    def take(service: str) -> None:
        project.output("stop", service)
        gone.append(service)

    def bring_back() -> None:
        while gone:
            project.output("up", "--detach", "--wait", "--no-deps", "--no-recreate", gone.pop())

    take.bring_back = bring_back
    yield take
    bring_back()


def _canary_id(word: str) -> str:
    return f"outage-{word}-{int(time.time())}-{os.getpid()}"


def test_logs_wait_for_loki(app, loki, outage):
    """A log line written while Loki is away is in Loki, once, after it has come back."""
    outage("loki")
    canary = send_canary(app, _canary_id("loki"))
    outage.bring_back()
    query = f'{{service_name="example-agent"}} | request_id="{canary.request_id}"'

    def arrived():
        return [line for line in loki.lines(query) if line.fields.get("event") == "request_end"]

    lines = wait_for(arrived, within=ARRIVES_SECONDS, what="the line arrives after the outage")
    assert len(lines) == 1


def test_traces_wait_for_jaeger(app, jaeger, outage):
    """A trace made while Jaeger is away is in Jaeger after it has come back."""
    outage("jaeger")
    canary = send_canary(app, _canary_id("jaeger"))
    outage.bring_back()

    def arrived():
        return any(span.name == "POST /chat" for span in jaeger.trace(canary.trace_id))

    wait_for(arrived, within=ARRIVES_SECONDS, what="the trace arrives after the outage")


def test_traces_and_logs_wait_for_the_collector(app, jaeger, loki, outage):
    """With the collector away the agent answers; its spans and lines arrive afterwards."""
    outage("otel-collector")
    canary = send_canary(app, _canary_id("collector"))
    outage.bring_back()

    def traced():
        return any(span.name == "POST /chat" for span in jaeger.trace(canary.trace_id))

    def logged():
        return loki.lines(f'{{service_name="example-agent"}} | trace_id="{canary.trace_id}"')

    wait_for(traced, within=ARRIVES_SECONDS, what="the trace arrives after the outage")
    wait_for(logged, within=ARRIVES_SECONDS, what="the lines arrive after the outage")


def test_data_outlives_a_restart(app, project, prometheus, loki, jaeger):
    """After a restart Prometheus, Loki and Jaeger still have what was there before."""
    canary = send_canary(app, _canary_id("restart"))
    query = f'{{service_name="example-agent"}} | request_id="{canary.request_id}"'
    wait_for(lambda: loki.lines(query), within=60, what="the line is in Loki")
    wait_for(lambda: jaeger.trace(canary.trace_id), within=60, what="the trace is in Jaeger")
    before = time.time()
    wait_for(
        lambda: prometheus.value('max(max_over_time(up{job="example-agent"}[5m]))') == 1,
        within=60,
        what="Prometheus has seen the agent",
    )
    project.output("restart", "prometheus", "loki", "jaeger")
    project.output("up", "--detach", "--wait", "--no-deps", "--no-recreate", "prometheus", "loki")
    project.output("up", "--detach", "--wait", "--no-deps", "--no-recreate", "jaeger")
    assert wait_for(lambda: loki.lines(query), within=60, what="Loki has the line")
    assert wait_for(lambda: jaeger.trace(canary.trace_id), within=60, what="Jaeger has the trace")
    old = prometheus.get("query", query='up{job="example-agent"}', time=before)["result"]
    assert old, "Prometheus has forgotten what it scraped before the restart"
