"""Reads Alertmanager's webhook (version 4) into alerts."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError


class PayloadError(ValueError):
    """The body is no Alertmanager webhook; the message says where."""


class _WebhookAlert(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime | None = Field(default=None, alias="endsAt")
    generator_url: str = Field(default="", alias="generatorURL")
    fingerprint: str = Field(default="", max_length=64)


class _Webhook(BaseModel):
    """Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config."""

    model_config = ConfigDict(extra="ignore")

    version: Literal["4"] = "4"
    receiver: str = ""
    alerts: list[_WebhookAlert]


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


def read_webhook(body: bytes) -> list[Alert]:
    """The alerts of a webhook body.

    Raises:
        PayloadError: The body is not JSON, or not of the webhook's shape.
    """
    try:
        webhook = _Webhook.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise PayloadError("the body is not valid JSON") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise PayloadError(f"{where[:200]}: {first['msg']}") from None
    return [_alert(alert, webhook.receiver) for alert in webhook.alerts]


def _alert(alert: _WebhookAlert, receiver: str) -> Alert:
    name = alert.labels.get("alertname")
    if not name:
        raise PayloadError("alerts: each needs the label alertname")
    # A firing alert carries the zero time, or the time at which it would expire.
    ended = alert.ends_at if alert.status == "resolved" else None
    return Alert(
        alertname=name,
        status=alert.status,
        labels=alert.labels,
        annotations=alert.annotations,
        starts_at=_utc(alert.starts_at),
        ends_at=_utc(ended) if ended else None,
        receiver=receiver,
        fingerprint=alert.fingerprint or _fingerprint(alert.labels),
        generator_url=alert.generator_url,
    )


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        # The first or last representable hours, written in another zone.
        return time.replace(tzinfo=UTC)


def _fingerprint(labels: dict[str, str]) -> str:
    """A stable id for a sender that gives none."""
    text = orjson.dumps(labels, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=8).hexdigest()
