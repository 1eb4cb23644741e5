"""What the inbox page shows: what fires in groups, what is over by day, worded for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from example_app.inbox.age import age_text, clock_text, day_text, length_text, read_time
from example_app.inbox.alert_links import Link, alert_links
from example_app.inbox.entry import Episode

_SHOWN_LABELS_NOT = frozenset({"alertname", "severity", "service", "scope"})
_COLOURED = frozenset({"critical", "warning", "info"})


@dataclass(frozen=True)
class Card:
    """One alert on the page.

    Attributes:
        anchor: Its id in the page, the same at each refresh.
        severity: The label, or `none`; `colour` is one that the style sheet knows.
        began, began_iso: When it began, for people and for machines.
        ended, ended_iso: When it ended; empty while it fires.
        age: How long it has been firing, or how long ago it ended.
        lasted: From beginning to end, or till now.
        lost: Whether its end was never delivered.
    """

    anchor: str
    alertname: str
    service: str
    scope: str
    severity: str
    colour: str
    summary: str
    description: str
    labels: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    began: str
    began_iso: str
    ended: str
    ended_iso: str
    age: str
    lasted: str
    lost: bool
    deliveries: int
    last: str

    @property
    def head(self) -> tuple[str, ...]:
        """What alerts of one group have in common."""
        return (self.severity, self.service, self.alertname, self.scope)


@dataclass(frozen=True)
class Group:
    """Alerts of one name, service, scope and severity; at least one."""

    cards: tuple[Card, ...]

    @property
    def first(self) -> Card:
        """Any of them, for what they have in common."""
        return self.cards[0]

    @property
    def summary(self) -> str:
        """The summary, where all have the same; otherwise each tells its own."""
        return self.first.summary if len({card.summary for card in self.cards}) == 1 else ""


@dataclass(frozen=True)
class Day:
    """The alerts that ended on one day (UTC)."""

    name: str
    cards: tuple[Card, ...]


def build_cards(
    episodes: Iterable[Episode], now: datetime, runbooks: frozenset[str]
) -> tuple[Card, ...]:
    """Words each alert.

    Args:
        episodes: The alerts.
        now: The time of reading, in UTC.
        runbooks: The names of the runbooks there are, for alerts that name none.
    """
    return tuple(_card(episode, now, runbooks) for episode in episodes)


def build_groups(cards: Sequence[Card]) -> tuple[Group, ...]:
    """Puts neighbours with the same name, service, scope and severity together."""
    return tuple(Group(tuple(same)) for _, same in groupby(cards, key=lambda card: card.head))


def build_days(cards: Sequence[Card], now: datetime) -> tuple[Day, ...]:
    """Puts alerts, the latest end first, together by the day on which they ended."""
    days = groupby(cards, key=lambda card: day_text(read_time(card.ended_iso), now))
    return tuple(Day(name, tuple(same)) for name, same in days)


def _card(episode: Episode, now: datetime, runbooks: frozenset[str]) -> Card:
    alert = episode.alert
    began = read_time(alert["starts_at"])
    ended = read_time(episode.ended_at) if episode.ended_at else None
    labels: dict[str, str] = alert["labels"]
    annotations: dict[str, str] = alert["annotations"]
    severity = alert["severity"] or "none"
    return Card(
        anchor=f"alert-{alert['fingerprint']}-{alert['starts_at']}",
        alertname=alert["alertname"],
        service=alert["service"],
        scope=alert["scope"],
        severity=severity,
        colour=severity if severity in _COLOURED else "none",
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        labels=tuple((k, v) for k, v in labels.items() if k not in _SHOWN_LABELS_NOT),
        links=alert_links(alert, runbooks),
        began=clock_text(began, now),
        began_iso=began.isoformat(),
        ended=clock_text(ended, now) if ended else "",
        ended_iso=ended.isoformat() if ended else "",
        age=age_text((now - (ended or began)).total_seconds()),
        lasted=length_text(((ended or now) - began).total_seconds()),
        lost=episode.state == "lost",
        deliveries=episode.deliveries,
        last=clock_text(read_time(episode.last_at), now),
    )
