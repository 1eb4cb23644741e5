"""Grafana's data sources lead to servers of this stack and from one signal to the others."""

import re
from urllib.parse import urlsplit

import pytest
import yaml

from agent_telemetry.logs.record import FIELDS
from elk.index_template import PATTERN, properties
from tests.config.compose_files import ROOT, services, services_of
from tests.config.dashboard_files import dashboards, server_series
from tests.config.promql_names import asked_by

FOLDER = ROOT / "grafana" / "provisioning" / "datasources"
#: Source → the service of compose and the port that it listens on inside.
SERVERS = {
    "alertmanager": ("alertmanager", 9093),
    "elasticsearch": ("elasticsearch", 9200),
    "jaeger": ("jaeger", 16686),
    "loki": ("loki", 3100),
    "prometheus": ("prometheus", 9090),
    "zipkin": ("zipkin", 9411),
}
#: Source → the profile that starts its server.
PROFILES = {"elasticsearch": "elk", "zipkin": "zipkin"}
TRACES = ("jaeger", "zipkin")


def _expanded(node, environment):
    """Return a value as Grafana reads it: `$$` is a dollar, `$NAME` is the environment's."""
    if isinstance(node, dict):
        return {key: _expanded(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_expanded(one, environment) for one in node]
    if not isinstance(node, str):
        return node
    parts = [
        re.sub(r"\$\{?(\w+)\}?", lambda found: environment.get(found[1], ""), part)
        for part in node.split("$$")
    ]
    return "$".join(parts)


def _raw():
    files = sorted(FOLDER.glob("*.yml"))
    return [one for f in files for one in yaml.safe_load(f.read_text("utf-8"))["datasources"]]


def _sources(environment=None):
    found = _expanded(_raw(), environment or {})
    by_uid = {one["uid"]: one for one in found}
    assert len(by_uid) == len(found)
    return by_uid


SOURCES = _sources()
every_source = pytest.mark.parametrize("uid", sorted(SERVERS))


def test_every_server_that_answers_questions_is_a_source():
    """Metrics, logs, traces and alerts, and the two of the profiles; one is the default."""
    assert SOURCES.keys() == SERVERS.keys()
    assert [uid for uid, one in SOURCES.items() if one.get("isDefault")] == ["prometheus"]
    assert {one["type"] for one in SOURCES.values()} == SERVERS.keys()


@every_source
def test_a_source_points_at_a_service_of_compose(uid):
    """Its server is there under that name, on the port that it listens on."""
    at = urlsplit(SOURCES[uid]["url"])

    assert (at.hostname, at.port) == SERVERS[uid]
    assert any(one.endswith(f":{at.port}") for one in services()[at.hostname]["ports"])


@every_source
def test_a_source_says_of_which_profile_it_is(uid):
    """Where a query ends in `no such host`, the name tells what to start; the others always run."""
    profile = PROFILES.get(uid)

    assert services()[SERVERS[uid][0]].get("profiles", []) == ([profile] if profile else [])
    assert SOURCES[uid]["name"].endswith(f"(profile {profile})") is (profile is not None)


def test_what_a_profile_brings_is_asked_by_nothing_that_always_runs():
    """With every profile off, no dashboard and no first click meets an absent server."""
    asked = {one["query"] for d in dashboards().values() for one in d["templating"]["list"]
             if one["type"] == "datasource"}  # fmt: skip
    exemplars = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    lines = SOURCES["loki"]["jsonData"]["derivedFields"]
    spans = [SOURCES["jaeger"]["jsonData"][key] for key in ("tracesToLogsV2", "tracesToMetrics")]

    assert asked == {"prometheus", "loki", "jaeger"}
    assert {one["datasourceUid"] for one in (*exemplars, *lines, *spans)}.isdisjoint(PROFILES)


def test_the_prometheus_source_knows_how_often_and_which_version():
    """`$__rate_interval` is made of the scrape interval; a wrong one gives holes or flat lines."""
    scraped = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    given = SOURCES["prometheus"]["jsonData"]
    image = services()["prometheus"]["image"]

    assert given["timeInterval"] == scraped["global"]["scrape_interval"]
    assert image.endswith(f":v{given['prometheusVersion']}")


def test_an_exemplar_leads_to_its_trace():
    """By the label that the library and the collector give exemplars."""
    (one,) = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]

    assert (one["name"], one["datasourceUid"]) == ("trace_id", "jaeger")


def test_a_log_line_leads_to_its_trace():
    """In Loki by structured metadata, in Elasticsearch by the field of the record."""
    (line,) = SOURCES["loki"]["jsonData"]["derivedFields"]
    (record,) = SOURCES["elasticsearch"]["jsonData"]["dataLinks"]

    assert (line["matcherType"], line["matcherRegex"]) == ("label", "trace_id")
    assert record["field"] in properties()
    assert {line["datasourceUid"], record["datasourceUid"]} == {"jaeger"}
    assert {line["url"], record["url"]} == {"${__value.raw}"}


@pytest.mark.parametrize("uid", TRACES)
def test_a_span_leads_to_its_log_lines(uid):
    """Some minutes around it, those of its trace, of whichever service."""
    given = SOURCES[uid]["jsonData"]["tracesToLogsV2"]

    assert given["datasourceUid"] == "loki"
    assert given["customQuery"]
    assert given["query"] == '{service_name=~".+"} | trace_id = "${__trace.traceId}"'
    assert (given["spanStartTimeShift"][0], given["spanEndTimeShift"][0]) == ("-", "5")


@pytest.mark.parametrize("uid", TRACES)
def test_a_span_leads_to_its_records_in_elasticsearch(uid):
    """A search for a field that is indexed, for the id by the name that the trace view gives it."""
    (one,) = SOURCES[uid]["correlations"]
    field, _, value = one["config"]["target"]["query"].partition(":")

    assert one["targetUID"] == "elasticsearch"
    assert properties()[field]["type"] == "keyword"
    assert value == '"${' + one["config"]["field"] + '}"'
    # Grafana asks for both and falls over a `type` beside them: it wants that one in `config`.
    assert one["label"]
    assert one["description"]
    assert one["config"]["type"] == "query"
    assert "type" not in one


@pytest.mark.parametrize("uid", TRACES)
def test_a_span_leads_to_metrics(uid):
    """Each query reads series of the catalogue by a label that they have."""
    given = SOURCES[uid]["jsonData"]["tracesToMetrics"]

    assert given["datasourceUid"] == "prometheus"
    assert len(given["queries"]) == 2
    for one in given["queries"]:
        asked = asked_by(one["query"].replace("$__tags", 'service_name="x"'))
        assert {label for _, label in asked.selected if label} <= {"service_name", "span_name"}
        for metric in asked.metrics:
            labels = {label for label, metrics in asked.grouped if metric in metrics}
            assert labels | {"service_name", "span_name"} <= server_series()[metric]


def test_a_link_of_jaegers_asks_for_no_tag():
    """A span's service is no tag in Jaeger: `__tags` would be empty, and `{}` no selector."""
    given = SOURCES["jaeger"]["jsonData"]
    for link in ("tracesToLogsV2", "tracesToMetrics"):
        assert "__tags" not in str(given[link])
        assert "tags" not in given[link]


def test_elasticsearch_is_read_as_it_is_written():
    """A daily index, the record's own time, message and level."""
    given = SOURCES["elasticsearch"]["jsonData"]
    prefix = given["index"].partition("]")[0].removeprefix("[")

    assert f"{prefix}*" == PATTERN
    assert (given["interval"], given["index"]) == ("Daily", f"[{prefix}]YYYY.MM.DD")
    assert {given[key] for key in ("timeField", "logMessageField", "logLevelField")} <= {*FIELDS}
    assert properties()[given["timeField"]]["type"] == "date"


def test_elasticsearch_gets_the_password_of_the_profile_and_no_file_has_it():
    """ELASTIC_PASSWORD reaches Grafana; the file names the variable only."""
    environment = {"ELASTIC_PASSWORD": "of-this-test"}
    grafana = services_of(environment)["grafana"]["environment"]

    secret = _sources(grafana)["elasticsearch"]["secureJsonData"]["basicAuthPassword"]
    assert secret == "of-this-test"
    assert not SOURCES["elasticsearch"]["secureJsonData"]["basicAuthPassword"]


def test_no_source_names_a_variable_that_grafana_does_not_get():
    """A lone `$` that was meant for Grafana's own templates would be eaten as a variable."""
    named = set(re.findall(r"\$\{?(\w+)", str(_raw()).replace("$$", "")))

    assert named == {"ELASTIC_PASSWORD"}
    assert named <= services()["grafana"]["environment"].keys()
