"""One request followed by ids: number, exemplar, trace, log lines, number; alert, panel, trace."""

import re
import time

import pytest
import yaml

from commands.checkout import ROOT
from prometheus.alert_panels import panels
from tests.config.dashboard_files import dashboards, panels_of
from tests.polling import wait_for
from tests.smoke.chat_requests import drive
from tests.stack.panel_queries import queries

WITHIN_SECONDS = 120
DATA_SOURCES = ROOT / "grafana" / "provisioning" / "datasources" / "servers.yml"
#: A graph on which single requests are dots that lead to their traces.
P95 = "SlowRequests/request"


def provisioned() -> dict[str, dict]:
    """Return the settings of each data source, as Grafana reads them."""
    text = DATA_SOURCES.read_text("utf-8").replace("$$", "$")
    return {one["uid"]: one["jsonData"] for one in yaml.safe_load(text)["datasources"]}


def spans_of(sources, trace_id):
    """Return the spans of a trace that have arrived, with their services."""
    (trace,) = sources.get("jaeger", f"/api/traces/{trace_id}")["data"]
    services = {key: one["serviceName"] for key, one in trace["processes"].items()}
    return [{**span, "service": services[span["processID"]]} for span in trace["spans"]]


@pytest.fixture(scope="module")
def panel():
    """The query of the panel that the alert about slow requests names."""
    uid, panel_id = panels()[P95]
    found = [q for q in queries(dashboards()[uid]) if q.panel_id == panel_id]
    exemplars = [one for one in found if one.target.get("exemplar")]
    assert exemplars, f"{uid}, panel {panel_id}, draws no exemplars"
    return exemplars[0]


@pytest.fixture(scope="module")
def exemplar(stack, sources, panel):
    """A dot on that panel, of a request that this test has sent."""
    import httpx  # noqa: PLC0415 -- for the address only

    since, sent = time.time(), iter(range(1000))
    with httpx.Client(base_url=stack.urls["example-app"], timeout=60) as app:

        def drawn():
            drive(app, 1, f"by-ids-{int(since)}-{next(sent)}")
            path, now = "/api/v1/query_exemplars", time.time()
            asked = {"query": panel.text, "start": since, "end": now}
            return [
                (series["seriesLabels"], one)
                for series in sources.get("prometheus", path, **asked)["data"]
                for one in series["exemplars"]
                if float(one["timestamp"]) >= since
                and series["seriesLabels"].get("endpoint") == "/chat"
            ]

        return wait_for(drawn, within=WITHIN_SECONDS, what="a dot of ours is drawn")[-1]


@pytest.fixture(scope="module")
def spans(sources, exemplar):
    """The whole trace that the dot leads to, by the data source's own setting."""
    (destination,) = provisioned()["prometheus"]["exemplarTraceIdDestinations"]
    assert destination["datasourceUid"] == "jaeger"
    trace_id = exemplar[1]["labels"][destination["name"]]

    def whole():
        found = spans_of(sources, trace_id)
        return found if any(one["operationName"] == "POST /chat" for one in found) else []

    return wait_for(whole, within=WITHIN_SECONDS, what=f"trace {trace_id} is in Jaeger")


def test_exemplar_leads_to_its_trace(exemplar, spans):
    """The dot's trace is whole, and took as long as the dot says."""
    (top,) = [one for one in spans if one["operationName"] == "POST /chat"]
    assert top["duration"] / 1e6 == pytest.approx(float(exemplar[1]["value"]), rel=0.2, abs=0.05)


def test_span_leads_to_its_log_lines(sources, spans):
    """The link from a span finds the request's lines; each line leads back to the trace."""
    setting = provisioned()["jaeger"]["tracesToLogsV2"]
    lines_of = provisioned()["loki"]["derivedFields"][0]
    (top,) = [one for one in spans if one["operationName"] == "POST /chat"]
    query = setting["query"].replace("${__trace.traceId}", top["traceID"])
    assert "$" not in query

    lines = wait_for(
        lambda: sources.logql(query, span=3600), within=WITHIN_SECONDS, what=f"{query} finds lines"
    )

    assert lines_of["matcherType"] == "label"
    assert {one.labels[lines_of["matcherRegex"]] for one in lines} == {top["traceID"]}
    assert any(one.labels.get("event") == "request_end" for one in lines)


def test_span_leads_to_its_metrics(sources, spans):
    """Each query that a span links to finds the series of spans of its name."""
    setting = provisioned()["jaeger"]["tracesToMetrics"]
    (top,) = [one for one in spans if one["operationName"] == "POST /chat"]
    for one in setting["queries"]:
        query = one["query"].replace("${__span.name}", top["operationName"])
        assert "$" not in query

        def found(query=query):
            series = sources.promql(query, span=3600)
            return top["service"] in {one.labels.get("service_name") for one in series}

        wait_for(found, within=WITHIN_SECONDS, what=f"{query} finds the span's series")


def test_log_line_leads_back_to_the_number(sources, exemplar, spans):
    """What the line tells of endpoint and tenant selects the series on which the dot is."""
    query = f'{{service_name="example-agent"}} | trace_id="{spans[0]["traceID"]}"'

    def ended():
        lines = sources.logql(f'{query} | event="request_end"', span=3600)
        return [one.labels for one in lines]

    (line,) = wait_for(ended, within=WITHIN_SECONDS, what="the request's last line")
    for name in ("endpoint", "tenant_id"):
        assert line[name] == exemplar[0][name]
    found = sources.promql(
        f'agent_request_duration_seconds_count{{service="{line["service_name"]}", '
        f'endpoint="{line["endpoint"]}", tenant_id="{line["tenant_id"]}"}}',
        span=300,
    )
    assert found


def test_alert_leads_to_its_panel_and_on_to_traces(sources, spans):
    """The alert's page is the panel whose dots were followed; its search finds that trace."""
    groups = sources.get("prometheus", "/api/v1/rules", type="alert")["data"]["groups"]
    (links,) = [
        rule["annotations"]
        for group in groups
        for rule in group["rules"]
        if (rule["name"], rule["labels"].get("scope")) == tuple(P95.split("/"))
    ]
    uid, panel_id = panels()[P95]
    assert f"/d/{uid}?" in links["dashboard_url"]
    assert links["dashboard_url"].endswith(f"viewPanel=panel-{panel_id}")
    assert panel_id in {one["id"] for one in panels_of(dashboards()[uid])}
    slow = re.search(r"minDuration=([\d.]+)s", links["traces_url"])
    assert slow, links["traces_url"]

    now = time.time()
    window = {"start": int((now - 3600) * 1e6), "end": int(now * 1e6), "limit": 1500}
    search = {"service": "example-agent", "operation": "POST /chat", **window}
    found = sources.get("jaeger", "/api/traces", **search)["data"]
    assert spans[0]["traceID"] in {one["traceID"] for one in found}
    slower = sources.get("jaeger", "/api/traces", **search, minDuration=f"{slow[1]}s")["data"]
    ours = max(one["duration"] for one in spans) / 1e6
    in_slower = spans[0]["traceID"] in {one["traceID"] for one in slower}
    assert in_slower == (ours >= float(slow[1]))
