"""A backend that dies costs nothing but time: the agent answers, and what waited arrives."""

import os
import time

from tests.polling import wait_for
from tests.smoke.chat_requests import send_canary

ARRIVES_SECONDS = 120


def _canary_id(word: str) -> str:
    return f"outage-{word}-{int(time.time())}-{os.getpid()}"


def test_logs_wait_for_loki(app, loki, outage):
    """A log line written while Loki is away is in Loki, once, after it has come back."""
    outage.take("loki")
    canary = send_canary(app, _canary_id("loki"))
    outage.bring_back()
    query = f'{{service_name="example-agent"}} | request_id="{canary.request_id}"'

    def arrived():
        return [line for line in loki.lines(query) if line.fields.get("event") == "request_end"]

    lines = wait_for(arrived, within=ARRIVES_SECONDS, what="the line arrives after the outage")
    assert len(lines) == 1


def test_traces_wait_for_jaeger(app, jaeger, outage):
    """A trace made while Jaeger is away is in Jaeger after it has come back."""
    outage.take("jaeger")
    canary = send_canary(app, _canary_id("jaeger"))
    outage.bring_back()

    def arrived():
        return any(span.name == "POST /chat" for span in jaeger.trace(canary.trace_id))

    wait_for(arrived, within=ARRIVES_SECONDS, what="the trace arrives after the outage")


def test_traces_and_logs_wait_for_the_collector(app, jaeger, loki, outage):
    """With the collector away the agent answers; its spans and lines arrive afterwards."""
    outage.take("otel-collector")
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
    backends = ("prometheus", "loki", "jaeger")
    project.output("restart", *backends)
    project.output("up", "--detach", "--wait", "--no-deps", "--no-recreate", *backends)
    assert wait_for(lambda: loki.lines(query), within=60, what="Loki has the line")
    assert wait_for(lambda: jaeger.trace(canary.trace_id), within=60, what="Jaeger has the trace")
    old = prometheus.get("query", query='up{job="example-agent"}', time=before)["result"]
    assert old, "Prometheus has forgotten what it scraped before the restart"
