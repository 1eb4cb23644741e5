"""Keeps the texts of one alert within bounds, so that no sender can fill the history."""

from collections.abc import Mapping

_FIRST_LABELS = ("alertname", "severity", "service", "scope")
_FIRST_ANNOTATIONS = (
    "summary",
    "description",
    "runbook_url",
    "dashboard_url",
    "logs_url",
    "traces_url",
)
_LABEL_CHARACTERS = 4_000
_ANNOTATION_CHARACTERS = 12_000
_MOST_CHARACTERS = 3_000
_CUT = "…"


def bounded_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Returns the labels, cut where they are longer than any real alert's.

    What tells an alert from others is its fingerprint, which is taken from the whole labels.
    """
    return _bounded(labels, _FIRST_LABELS, _LABEL_CHARACTERS)


def bounded_annotations(annotations: Mapping[str, str]) -> dict[str, str]:
    """Returns the annotations, cut where they are longer than any real alert's."""
    return _bounded(annotations, _FIRST_ANNOTATIONS, _ANNOTATION_CHARACTERS)


def _bounded(texts: Mapping[str, str], first: tuple[str, ...], room: int) -> dict[str, str]:
    """Gives the room to the names that matter most first; keeps the order of the others."""
    if sum(len(name) + len(text) for name, text in texts.items()) <= min(room, _MOST_CHARACTERS):
        return dict(texts)
    kept: dict[str, str] = {}
    for name in (*(known for known in first if known in texts), *texts):
        if name in kept or len(name) >= room:
            continue
        room -= len(name)
        text = texts[name]
        most = min(room, _MOST_CHARACTERS)
        kept[name] = text if len(text) <= most else text[: max(0, most - 1)] + _CUT
        room -= min(room, len(kept[name]))
    return kept
