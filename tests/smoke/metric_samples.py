"""Reads metric samples from an exposition page."""

import re
from collections.abc import Mapping

import httpx
from prometheus_client.openmetrics.parser import text_string_to_metric_families

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def total(page: str, name: str, labels: Mapping[str, str] | None = None) -> float:
    """Return the sum over every series of a name that carries the given labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and (labels or {}).items() <= sample.labels.items()
    )


def exemplar_trace_ids(page: str, name: str) -> list[str]:
    """Return the trace ids that the exemplars of a histogram point at, newest first."""
    found = [
        sample.exemplar
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and sample.exemplar and "trace_id" in sample.exemplar.labels
    ]
    newest_first = sorted(found, key=lambda exemplar: -float(exemplar.timestamp or 0))
    return [exemplar.labels["trace_id"] for exemplar in newest_first]


def read_metrics(app: httpx.Client) -> str:
    """Return the app's page of metrics in the OpenMetrics format."""
    response = app.get("/metrics", headers=OPENMETRICS)
    response.raise_for_status()
    return response.text


def is_trace_id(text: str) -> bool:
    """Return whether a text has the form of a W3C trace id."""
    return bool(_TRACE_ID.fullmatch(text)) and set(text) != {"0"}
