"""An alert as people and receivers are told of it."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Status = Literal["firing", "resolved"]

#: Bounds on what leaves the process.
MOST_LABELS = 20
MOST_LABEL_CHARACTERS = 200
MOST_DESCRIPTION_CHARACTERS = 2000


@dataclass(frozen=True)
class Alert:
    """One alert, when it fires and when it is over.

    Attributes:
        name: the rule's name, such as ``HighErrorRate``.
        severity: ``critical``, ``warning``, ``info`` or a word of your own.
        description: what is wrong now, with numbers.
        labels: what it is about (``service``, ``scope``, ``tool_name``, …).
        value: the number that broke the limit; None when the rule has none.
        timestamp: when this was found, in UTC.
        status: ``firing`` or ``resolved``.
        starts_at: when it began to fire; ``timestamp`` unless told otherwise.
        expires_at: when a firing alert is over by itself, as at the end of a budget's window.
    """

    name: str
    severity: str
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: Status = field(default="firing", kw_only=True)
    starts_at: datetime | None = field(default=None, kw_only=True)
    expires_at: datetime | None = field(default=None, kw_only=True)

    @property
    def began(self) -> datetime:
        """When it began to fire."""
        return self.starts_at if self.starts_at is not None else self.timestamp

    @property
    def fingerprint(self) -> str:
        """The same 16 hexadecimal digits for the same name, severity and labels."""
        parts = [("alertname", self.name), ("severity", self.severity), *self.labels.items()]
        text = "\0".join(f"{key}\1{value}" for key, value in sorted(parts))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types; times in RFC 3339, a value that is no number as None."""
        known = self.value is not None and math.isfinite(self.value)
        return {
            "name": self.name,
            "severity": self.severity,
            "status": self.status,
            "labels": dict(self.labels),
            "value": self.value if known else None,
            "description": self.description,
            "starts_at": rfc3339(self.began),
            "timestamp": rfc3339(self.timestamp),
        }


def rfc3339(moment: datetime) -> str:
    """Return a moment in RFC 3339, in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def at(seconds: float) -> datetime:
    """Return seconds since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
