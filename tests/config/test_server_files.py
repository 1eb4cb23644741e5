"""Loki, Jaeger and the collector load the shipped files, and these say what was promised."""

import re
from pathlib import Path

import pytest
import yaml

from tests.config.compose_files import ROOT, services
from tests.config.server_programs import run

COLLECTOR = ROOT / "otel-collector" / "collector.yml"
#: What both the official collector image and the one that is built from source contain.
COMPONENTS = {
    "receivers": {"otlp", "file_log", "nop"},
    "processors": {
        "batch", "memory_limiter", "tail_sampling", "transform", "resource", "filter",
    },
    "exporters": {"otlp_grpc", "otlp_http", "nop", "debug", "prometheusremotewrite"},
    "extensions": {"file_storage", "health_check"},
}  # fmt: skip


SHIPPERS = ("collector", "promtail")


def _shipper(name: str) -> Path:
    return ROOT / "otel-collector" / f"log-shipper-{name}.yml"


def _collector() -> dict:
    return yaml.safe_load(COLLECTOR.read_text("utf-8"))


def _components(kind: str) -> set[str]:
    texts = [COLLECTOR.read_text("utf-8"), *(_shipper(n).read_text("utf-8") for n in SHIPPERS)]
    return {name.partition("/")[0] for text in texts for name in yaml.safe_load(text).get(kind, {})}


def test_loki_loads_its_file():
    """Every key is one that this version of Loki knows."""
    config = ROOT / "loki" / "loki.yml"

    result = run("loki", f"-config.file={config}", "-config.expand-env=true", "-verify-config")

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["jaeger.yml", "jaeger-tail.yml"])
def test_jaeger_loads_its_files(name):
    """Both ways of sampling are files that this version of Jaeger accepts."""
    result = run("jaeger-linux", "validate", f"--config={ROOT / 'jaeger' / name}")

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("shipper", SHIPPERS)
def test_the_collector_loads_its_files(shipper, tmp_path):
    """Every component and key is one that this version of the collector knows."""
    here = tmp_path / "collector.yml"
    here.write_text(COLLECTOR.read_text("utf-8").replace("/var/lib/otelcol", str(tmp_path)))

    result = run("otelcol-contrib", "validate", f"--config={here}", f"--config={_shipper(shipper)}")

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("kind", sorted(COMPONENTS))
def test_the_collector_uses_only_components_that_every_build_has(kind):
    """The same file runs in the official image and in one built from source."""
    assert _components(kind) <= COMPONENTS[kind]


def test_the_healthy_answer_of_the_collector_is_a_configuration(tmp_path):
    """The health check validates the answer, so the answer must be valid, and nothing else."""
    answer = _collector()["extensions"]["health_check"]["response_body"]["healthy"]
    (tmp_path / "healthy.yml").write_text(answer)

    result = run("otelcol-contrib", "validate", f"--config={tmp_path / 'healthy.yml'}")

    assert result.returncode == 0, result.stdout + result.stderr
    assert services()["otel-collector"]["healthcheck"]["test"][-1].startswith("--config=http://")


def test_spans_and_logs_wait_on_disk():
    """What a dead server misses survives a restart of the collector, too."""
    exporters = _collector()["exporters"]
    for name in ("otlp_grpc/jaeger", "otlp_http/loki"):
        assert exporters[name]["sending_queue"]["storage"] == "file_storage"
        assert exporters[name]["retry_on_failure"]["max_elapsed_time"] == "0s"
    assert exporters["otlp_http/loki"]["sending_queue"]["block_on_overflow"] is True


def test_only_shipped_log_files_are_read():
    """error.jsonl is a local copy; reading it would show every error twice."""
    shipped = yaml.safe_load(_shipper("collector").read_text("utf-8"))
    included = shipped["receivers"]["file_log"]["include"]

    assert included == ["/var/log/agent/app-*.jsonl*", "/var/log/agent/audit*.jsonl"]


def test_lokis_labels_are_three_and_bounded():
    """Ids are structured metadata: as labels each would open a stream of its own."""
    loki = yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", _loki_text()))
    attributes = loki["limits_config"]["otlp_config"]["resource_attributes"]

    assert attributes["ignore_defaults"] is True
    assert attributes["attributes_config"] == [
        {"action": "index_label", "attributes": ["service.name", "stream", "level"]}
    ]


def test_loki_deletes_what_is_too_old_and_calls_nobody():
    """Retention needs the compactor; usage reports are off."""
    loki = yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", _loki_text()))

    assert loki["compactor"]["retention_enabled"] is True
    assert loki["limits_config"]["retention_period"] == "744h"
    assert loki["analytics"]["reporting_enabled"] is False
    assert loki["ruler"]["alertmanager_url"] == "http://alertmanager:9093"


def _loki_text() -> str:
    return (ROOT / "loki" / "loki.yml").read_text("utf-8")


@pytest.mark.parametrize("name", ["jaeger.yml", "jaeger-tail.yml"])
def test_span_metrics_count_every_span(name):
    """Rates from spans are right whether or not traces are sampled."""
    config = yaml.safe_load((ROOT / "jaeger" / name).read_text("utf-8"))
    before = [p for p in config["service"]["pipelines"].values() if "spanmetrics" in p["exporters"]]

    assert before
    assert all("tail_sampling" not in p.get("processors", []) for p in before)


def test_tail_sampling_waits_for_the_longest_run_and_keeps_what_matters():
    """A run that fails at its end is kept; so are slow ones and those an exemplar points at."""
    config = yaml.safe_load((ROOT / "jaeger" / "jaeger-tail.yml").read_text("utf-8"))
    sampling = config["processors"]["tail_sampling"]

    assert int(sampling["decision_wait"].rstrip("s")) >= 60
    assert {policy["type"] for policy in sampling["policies"]} == {
        "status_code", "latency", "boolean_attribute", "probabilistic",
    }  # fmt: skip


def test_prometheus_opens_no_more_than_it_needs():
    """No reload or shut-down over HTTP; what is kept is bounded in time and in size."""
    flags = services()["prometheus"]["command"]

    assert not any("enable-lifecycle" in flag or "admin-api" in flag for flag in flags)
    assert any("retention.time=" in flag for flag in flags)
    assert any("retention.size=" in flag for flag in flags)
    assert any("exemplar-storage" in flag for flag in flags)


def test_link_labels_never_reach_alertmanager():
    """The addresses for links are external labels; grouping must not see them."""
    config = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    links = config["global"]["external_labels"]
    (drop,) = config["alerting"]["alert_relabel_configs"]

    assert drop["action"] == "labeldrop"
    assert all(re.fullmatch(drop["regex"], name) for name in links)
    given = services()["prometheus"]["environment"]
    assert {value.strip("${}") for value in links.values()} == given.keys()
