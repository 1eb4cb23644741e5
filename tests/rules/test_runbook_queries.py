"""Queries that are copied from a runbook at night run, and ask for what exists."""

import re
import socket
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
import yaml

from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.logs.record import FIELDS
from agent_telemetry.operations.kinds import AGENT, LLM, TOOL
from tests.config.compose_files import ROOT
from tests.config.promql_names import Asked, asked_by
from tests.config.rule_files import alerts, records
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.rules.known_series import known, server_series
from tests.rules.runbook_files import Block, blocks

PROMQL, LOGQL = blocks("promql"), blocks("logql")
#: What tells streams apart in Loki.
LOKI_STREAM_LABELS = {"service_name", "stream", "level"}
#: All other fields are a line's metadata; dots in names have become underscores on the way.
RECORD_FIELDS = {
    *FIELDS,
    *LOKI_STREAM_LABELS,
    *(f"exception_{part}" for part in ("type", "message", "traceback")),
}


def _asked(query: Block) -> Asked:
    return asked_by(re.sub(r"\s+", " ", query.text))


def _named(asked: Asked) -> set[str]:
    """Return the metrics; a selector without a name asks for all."""
    return {metric for metric in asked.metrics if metric}


@pytest.mark.parametrize("query", PROMQL, ids=str)
def test_promql_reads_series_and_labels_that_exist(query):
    """Each metric is exposed, recorded or a server's, and has every label it is asked for."""
    asked = _asked(query)

    assert asked.metrics, "it reads nothing"
    assert _named(asked) - known().keys() == set()
    wrong = {(m, label) for m, label in asked.selected if m and label and label not in known()[m]}
    wrong |= {
        (metric, label)
        for label, metrics in asked.grouped
        for metric in metrics
        if metric and label not in known()[metric] | {"__name__"}
    }
    assert wrong == set()


@cache
def _scraped() -> dict[str, set[str]]:
    """Return the values of labels that the configuration of Prometheus and of its rules gives."""
    config = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    limits = yaml.safe_load((ROOT / "prometheus" / "thresholds.yml").read_text("utf-8"))
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    return {"job": jobs, "service": jobs, "slo": set(limits["objectives"])}


@pytest.mark.parametrize("query", PROMQL, ids=str)
def test_promql_filters_on_values_that_are_there(query):
    """A filter on a value that is never there gives nothing, which reads like peace."""
    for metric, matchers in re.findall(r"(\w+)\{([^}]*)\}", query.text):
        closed = {**_scraped(), **(FAMILIES[metric].closed if metric in FAMILIES else {})}
        for label, value in re.findall(r'(\w+)="([^"]*)"', matchers):
            assert value in closed.get(label, (value,)), f"{metric}: {label}={value}"


def test_no_series_of_a_server_is_listed_in_vain():
    """The list of the servers' series stays as short as what is asked of them."""
    asked = [*(query.text for query in PROMQL), *(rule["expr"] for rule in (*alerts(), *records()))]
    used = set().union(*(_named(asked_by(re.sub(r"\s+", " ", text))) for text in asked))

    assert server_series().keys() <= used


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A Loki with the shipped configuration and no data, for its parser."""
    binary, folder = program("loki"), tmp_path_factory.mktemp("loki")
    with socket.socket() as http, socket.socket() as grpc:
        http.bind(("127.0.0.1", 0))
        grpc.bind(("127.0.0.1", 0))
        port, grpc_port = http.getsockname()[1], grpc.getsockname()[1]
    (folder / "rules").mkdir()
    text = (ROOT / "loki" / "loki.yml").read_text("utf-8")
    text = text.replace("/etc/loki/rules", str(folder / "rules")).replace(": /loki", f": {folder}")
    config = folder / "loki.yml"
    config.write_text(text.replace("3100", str(port)).replace("9096", str(grpc_port)), "utf-8")
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [binary, f"-config.file={config}", "-config.expand-env=true"],
            cwd=folder, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            wait_for(lambda: _parses(client, server, folder), within=60, what="Loki answers")
            yield client
    finally:
        server.terminate()
        server.wait(timeout=60)


def _parses(client: httpx.Client, server: "subprocess.Popen[bytes]", folder: Path) -> bool:
    assert server.poll() is None, (folder / "output").read_text("utf-8")[-2000:]
    try:
        return _format(client, '{service_name="a"}').status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _format(client: httpx.Client, query: str) -> httpx.Response:
    return client.get("/loki/api/v1/format_query", params={"query": query})


@pytest.mark.parametrize("query", LOGQL, ids=str)
def test_logql_is_accepted_by_loki(loki, query):
    """Loki's own parser takes the query as it stands in the runbook."""
    answer = _format(loki, query.text)

    assert answer.status_code == httpx.codes.OK, answer.text


def _without_texts(query: Block) -> str:
    """Return a query with every quoted text emptied, so that no brace in one is taken for one."""
    return re.sub(r"`[^`]*`", "``", re.sub(r'"(?:[^"\\]|\\.)*"', '""', query.text))


@pytest.mark.parametrize("query", LOGQL, ids=str)
def test_logql_selects_streams_by_labels_only(query):
    """Whatever is no label of a stream is filtered behind the braces, where Loki finds it."""
    selectors = re.findall(r"\{([^}]*)\}", _without_texts(query))

    assert selectors
    for selector in selectors:
        assert set(re.findall(r"\w+", selector)) <= LOKI_STREAM_LABELS


@pytest.mark.parametrize("query", LOGQL, ids=str)
def test_logql_asks_for_fields_that_a_log_record_has(query):
    """A filter on a field that no record has finds nothing, for ever."""
    text = _without_texts(query)
    asked = set(re.findall(r"\|\s*(\w+)\s*(?:=~|!~|!=|==|=|>=|<=|>|<)", text))
    asked |= set(re.findall(r"unwrap (\w+)", text))
    for grouped in re.findall(r"by \(([^)]*)\)", text):
        asked |= set(re.findall(r"\w+", grouped))

    assert {field for field in asked if not field.startswith("extra_")} <= RECORD_FIELDS


@pytest.mark.parametrize("query", LOGQL, ids=str)
def test_logql_makes_no_series_of_each_request(query):
    """Loki refuses a query that finds more than 500 series: an hour has more requests than that."""
    grouped = " ".join(re.findall(r"by \(([^)]*)\)", _without_texts(query)))

    assert set(re.findall(r"\w+_id\b", grouped)) <= {"tenant_id", "template_id"}


def _events() -> set[str]:
    """Return every word that the sources write as an event, and the ends of operations."""
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "example_app").rglob("*.py")]
    words = {w for path in sources for w in re.findall(r'"([a-z_]+)"', path.read_text("utf-8"))}
    return words | {f"{kind.kind}_end" for kind in (AGENT, LLM, TOOL)}


@pytest.mark.parametrize("query", LOGQL, ids=str)
def test_logql_asks_for_events_that_are_logged(query):
    """An event of another name than the code's finds nothing, for ever."""
    asked = "|".join(re.findall(r'event=~?"([^"]*)"', query.text)).split("|")
    exact = {event for event in asked if re.fullmatch(r"[a-z_]+", event)}

    assert exact <= _events()
