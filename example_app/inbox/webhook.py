"""Reads Alertmanager's webhook, version 4, into alerts.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from example_app.inbox.alert import Alert
from example_app.inbox.text_bounds import bounded_annotations, bounded_labels

_MOST_URL = 4000
_MOST_VALUES = 300_000
"""Bounds the memory that reading takes; a thousand alerts have some 30 000 commas and brackets."""
_MOST_ALERTS = 10_000


class PayloadError(ValueError):
    """The body is no Alertmanager webhook; the message says where."""


@dataclass(frozen=True)
class Delivery:
    """What one call of the webhook brought.

    Attributes:
        alerts: those that could be read, in the order of the call.
        faults: for each that could not, where and why.
        left_out: how many Alertmanager left out (its `max_alerts`), and those past ten thousand.
    """

    alerts: tuple[Alert, ...]
    faults: tuple[str, ...]
    left_out: int


def _text(value: Any) -> Any:
    """Numbers would be read as seconds since 1970; a webhook has texts."""
    if not isinstance(value, str | None):
        raise ValueError("a time in RFC 3339 is wanted")  # noqa: TRY004 -- what pydantic reads
    return value


_Time = Annotated[AwareDatetime, BeforeValidator(_text)]


class _WebhookAlert(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: _Time = Field(alias="startsAt")
    ends_at: _Time | None = Field(default=None, alias="endsAt")
    generator_url: str = Field(default="", alias="generatorURL")
    fingerprint: str = Field(default="", max_length=64)


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Literal["4"] = "4"
    receiver: str = Field(default="", max_length=200)
    truncated: Any = Field(default=0, alias="truncatedAlerts")
    alerts: list[Any]


def read_webhook(body: bytes) -> Delivery:
    """Reads the body of a webhook call.

    One alert that cannot be read costs the others nothing: Alertmanager does not send a refused
    call again, so they would be lost.

    Raises:
        PayloadError: The body is not JSON, not of the webhook's shape, or none of its alerts
            can be read.
    """
    if sum(body.count(mark) for mark in (b",", b"{", b"[")) > _MOST_VALUES:
        raise PayloadError(f"the body holds more than {_MOST_VALUES} values")
    try:
        webhook = _Webhook.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise PayloadError("the body is not valid JSON") from None
    except ValidationError as error:
        raise PayloadError(_where(error, "")) from None
    alerts: list[Alert] = []
    faults: list[str] = []
    for position, given in enumerate(webhook.alerts[:_MOST_ALERTS]):
        try:
            alerts.append(_alert(_WebhookAlert.model_validate(given), webhook.receiver))
        except ValidationError as error:
            faults.append(_where(error, f"alerts.{position}"))
        except PayloadError as error:
            faults.append(f"alerts.{position}: {error}")
    if faults and not alerts:
        raise PayloadError(faults[0])
    told = webhook.truncated
    left_out = told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0
    left_out += max(0, len(webhook.alerts) - _MOST_ALERTS)
    return Delivery(tuple(alerts), tuple(faults), left_out)


def _where(error: ValidationError, at: str) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(part for part in (at, *map(str, first["loc"])) if part) or "body"
    return f"{where[:200]}: {first['msg']}"


def _alert(alert: _WebhookAlert, receiver: str) -> Alert:
    labels = bounded_labels(alert.labels)
    name = labels.get("alertname")
    if not name:
        raise PayloadError("the label alertname is missing")
    # A firing alert carries the zero time, or the time at which it would expire.
    ended = alert.ends_at if alert.status == "resolved" else None
    return Alert(
        alertname=name,
        status=alert.status,
        labels=labels,
        annotations=bounded_annotations(alert.annotations),
        starts_at=_utc(alert.starts_at),
        ends_at=_utc(ended) if ended else None,
        receiver=receiver,
        fingerprint=alert.fingerprint or _fingerprint(alert.labels),
        generator_url=alert.generator_url if len(alert.generator_url) <= _MOST_URL else "",
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
