"""Stacks whose log records go to an Elasticsearch, and what they counted."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack
from agent_telemetry.logs.elasticsearch_settings import ElasticsearchSettings
from elk.index_template import NAME, index_template
from tests.elasticsearch_server import ElasticsearchServer


@contextmanager
def stack_at(url: str, folder: Path, **options: Any) -> Iterator[ObservabilityStack]:
    """Give a stack that sends its records there; shut it down afterwards.

    Args:
        url: address of the server.
        folder: where its log files are.
        **options: other settings of Elasticsearch.
    """
    stack = create_observability_stack(
        settings=Settings(
            service_name="test-agent",
            log_dir=folder,
            log_stdout=False,
            log_stderr=False,
            elasticsearch=replace(ElasticsearchSettings(hosts=(url,)), **options),
        )
    )
    # The test's own requests are no records of the service.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        yield stack
    finally:
        logging.getLogger("httpx").setLevel(logging.NOTSET)
        stack.shutdown()


def counted(stack: ObservabilityStack, name: str, **labels: str) -> float:
    """Return the sum over every series of a name that carries some labels beside the signal."""
    wanted = {"signal": "elasticsearch", **labels}
    return sum(
        sample.value
        for family in stack.registry.collect()
        for sample in family.samples
        if sample.name == name and wanted.items() <= sample.labels.items()
    )


def file_records(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the records of the shipped files by their log_id."""
    lines = [
        line
        for file in [*folder.glob("app-*.jsonl"), *folder.glob("audit*.jsonl")]
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return {record["log_id"]: record for record in map(json.loads, lines)}


def numbers(server: ElasticsearchServer) -> list[int]:
    """Return the number of each stored record that has one, in order."""
    hits = server.documents()
    return sorted(
        hit["_source"]["extra"]["n"] for hit in hits if "n" in hit["_source"].get("extra", {})
    )


def forget(server: ElasticsearchServer) -> None:
    """Remove every document and set the template."""
    for hit in server.http.get("/_cat/indices/agent-logs-*?format=json").json():
        server.http.delete(f"/{hit['index']}").raise_for_status()
    server.http.put(f"/_index_template/{NAME}", json=index_template()).raise_for_status()
