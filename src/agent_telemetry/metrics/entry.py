"""Families of prometheus-client as plain entries, one a series."""

from collections.abc import Iterable
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

_WITH_PARTS = frozenset({"histogram", "summary"})


def metric_entries(families: Iterable[Metric], timestamp: float) -> list[dict[str, Any]]:
    """Return one entry a series.

    Args:
        families: as a registry collects them.
        timestamp: seconds since 1970 (UTC), put into every entry.

    Returns:
        Entries of name, type, description, labels, timestamp; and value for a counter or gauge;
        count, sum and buckets (upper bound as text → count, cumulative) for a histogram.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for family in families:
        for sample in family.samples:
            if sample.name.endswith("_created"):
                continue
            name = family.name if family.type in _WITH_PARTS else sample.name
            labels = {key: each for key, each in sample.labels.items() if key != "le"}
            key = (name, *sorted(labels.items()))
            entry = found.get(key)
            if entry is None:
                entry = found[key] = {
                    "name": name,
                    "type": family.type,
                    "description": family.documentation,
                    "labels": labels,
                    "timestamp": timestamp,
                }
            _put(entry, family, sample)
    return list(found.values())


def _put(entry: dict[str, Any], family: Metric, sample: Sample) -> None:
    if family.type not in _WITH_PARTS:
        entry["value"] = sample.value
    elif sample.name == f"{family.name}_bucket":
        entry.setdefault("buckets", {})[sample.labels["le"]] = int(sample.value)
    elif sample.name == f"{family.name}_count":
        entry["count"] = int(sample.value)
    else:
        entry["sum"] = sample.value
