"""What the inbox page shows: the latest state of every alert, worded for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from example_app.inbox.history import Entry

_KNOWN_LINKS = ("runbook", "dashboard", "logs", "traces")
_SHOWN_LABELS_NOT = frozenset({"alertname", "severity"})
_RANK = {"critical": 0, "warning": 1, "info": 2}
_MOST_RESOLVED = 50
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class Card:
    """One alert on the page."""

    alertname: str
    severity: str
    summary: str
    description: str
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    age: str
    since: str
    deliveries: int
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """The alerts that fire, worst first, and those that are over, newest first."""

    firing: tuple[Card, ...]
    resolved: tuple[Card, ...]


def build_overview(entries: Sequence[Entry], now: datetime) -> Overview:
    """Sorts the history (latest delivery first) into what fires and what is over."""
    by_alert: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.alert["alertname"] != "Watchdog":
            by_alert.setdefault(entry.alert["fingerprint"], []).append(entry)
    firing = [same for same in by_alert.values() if same[0].alert["status"] == "firing"]
    resolved = [same for same in by_alert.values() if same[0].alert["status"] == "resolved"]
    firing.sort(key=lambda same: _RANK.get(same[0].alert["severity"], len(_RANK)))
    return Overview(
        tuple(_card(same, "starts_at", now) for same in firing),
        tuple(_card(same, "ends_at", now) for same in resolved[:_MOST_RESOLVED]),
    )


def age_text(seconds: float) -> str:
    """A length of time in its largest fitting unit: `45 s`, `12 min`, `3 h`, `2 d`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def _card(same: list[Entry], since_key: str, now: datetime) -> Card:
    """The card of one alert from all its entries, the latest first."""
    alert = same[0].alert
    since = datetime.fromisoformat(alert[since_key] or alert["starts_at"]).astimezone(UTC)
    annotations: dict[str, str] = alert["annotations"]
    now_entries = [entry for entry in same if entry.alert["status"] == alert["status"]]
    return Card(
        alertname=alert["alertname"],
        severity=alert["severity"] if alert["severity"] in _RANK else "none",
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        labels=tuple((k, v) for k, v in alert["labels"].items() if k not in _SHOWN_LABELS_NOT),
        links=_links(annotations, alert["generator_url"]),
        age=age_text((now - since).total_seconds()),
        since=f"{since:%Y-%m-%d %H:%M:%S} UTC",
        deliveries=sum(entry.deliveries for entry in now_entries),
        receivers=tuple(sorted({entry.alert["receiver"] for entry in now_entries} - {""})),
    )


def _links(annotations: dict[str, str], generator_url: str) -> tuple[tuple[str, str], ...]:
    """Every web address among the annotations, the four that each alert should have first."""
    found = {
        name.removesuffix("_url"): address
        for name, address in annotations.items()
        if name.endswith("_url") and _is_web(address)
    }
    names = [name for name in _KNOWN_LINKS if name in found]
    names += sorted(found.keys() - set(_KNOWN_LINKS))
    links = [(name.replace("_", " ").capitalize(), found[name]) for name in names]
    if _is_web(generator_url):
        links.append(("Query", generator_url))
    return tuple(links)


def _is_web(address: str) -> bool:
    """Whether following the address can only open a page, never run a script."""
    try:
        return urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        return False
