"""An alert as it was delivered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Alert:
    """One alert as it was delivered. Times are UTC; `ends_at` is None while it fires."""

    alertname: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None
    receiver: str
    fingerprint: str
    generator_url: str

    @property
    def severity(self) -> str:
        """The `severity` label, or an empty text."""
        return self.labels.get("severity", "")

    @property
    def is_watchdog(self) -> bool:
        """Whether this is the alert that always fires to prove that alerts arrive."""
        return self.alertname == "Watchdog"

    def as_json(self) -> dict[str, Any]:
        """The alert with the names of `GET /alerts`; times in RFC 3339."""
        return {
            "alertname": self.alertname,
            "status": self.status,
            "severity": self.severity,
            "scope": self.labels.get("scope", ""),
            "service": self.labels.get("service", ""),
            "labels": self.labels,
            "annotations": self.annotations,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            "receiver": self.receiver,
            "fingerprint": self.fingerprint,
            "generator_url": self.generator_url,
        }
