"""What alerting was told by the environment."""

from dataclasses import dataclass, field
from email.utils import getaddresses
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent_telemetry.exceptions import ConfigurationError

if TYPE_CHECKING:
    from agent_telemetry.alerting.notifiers.mail import MailServer
    from agent_telemetry.settings import _Reader

_SECONDS = 15
_WINDOW_SECONDS = 300
_MAIL_PORT = 587
_MOST_PORT = 65_535


@dataclass(frozen=True, kw_only=True)
class AlertSettings:
    """What alerting was told to do.

    Attributes:
        enabled: whether rules are evaluated in the background; None: once there is a notifier.
        seconds: time between two evaluations.
        window_seconds: what most counts of the rules look back over.
        slack_webhook: address of Slack's webhook, a secret; None: Slack is not told.
        webhook: address of a webhook; None: none is told.
        mail: where e-mail goes; None: none is sent.
    """

    enabled: bool | None = None
    seconds: int = _SECONDS
    window_seconds: int = _WINDOW_SECONDS
    slack_webhook: str | None = field(default=None, repr=False)
    webhook: str | None = field(default=None, repr=False)
    mail: "MailServer | None" = None

    @classmethod
    def read(cls, read: "_Reader") -> "AlertSettings":
        """Read them.

        Raises:
            ConfigurationError: a variable has a value that is not accepted; that of a secret is
                not repeated.
        """
        switch = "AGENT_TELEMETRY_ALERTS"
        return cls(
            enabled=read.flag(switch, default=False) if read.text(switch) else None,
            seconds=read.whole("AGENT_TELEMETRY_ALERTS_SECONDS", _SECONDS, 1),
            window_seconds=read.whole("AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS", _WINDOW_SECONDS, 1),
            slack_webhook=_address(read, "SLACK_WEBHOOK"),
            webhook=_address(read, "AGENT_TELEMETRY_ALERTS_WEBHOOK"),
            mail=_mail(read),
        )


def _address(read: "_Reader", variable: str) -> str | None:
    text = read.text(variable)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(variable, "(not shown)", "an http or https address")
    return text


def _mail(read: "_Reader") -> "MailServer | None":
    # The names are those of the Alertmanager that this repository ships.
    server, to = read.text("SMTP_SMARTHOST"), read.text("ALERT_EMAIL_TO")
    if not server:
        return None
    host, _, port = server.rpartition(":")
    if not host:
        host, port = server, str(_MAIL_PORT)
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _MOST_PORT) or " " in host:
        raise ConfigurationError("SMTP_SMARTHOST", server, "host:port, as smtp.example.org:587")
    username, password = read.text("SMTP_USERNAME"), read.text("SMTP_PASSWORD")
    if bool(username) != bool(password):
        missing = "SMTP_PASSWORD" if username else "SMTP_USERNAME"
        raise ConfigurationError(missing, "", "a value, as the other half of the login is set")
    recipients = _addresses("ALERT_EMAIL_TO", to)
    sender = read.text("ALERT_EMAIL_FROM")
    from agent_telemetry.alerting.notifiers.mail import MailServer  # noqa: PLC0415 -- smtplib

    return MailServer(
        host=host,
        port=int(port),
        sender=_addresses("ALERT_EMAIL_FROM", sender)[0] if sender else recipients[0],
        recipients=recipients,
        username=username,
        password=password,
        starttls=read.flag("SMTP_STARTTLS", default=True),
    )


def _addresses(variable: str, text: str) -> tuple[str, ...]:
    found = tuple(address for _, address in getaddresses([text]))
    if not found or not all("@" in each.strip("@") and each.isprintable() for each in found):
        raise ConfigurationError(variable, text, "e-mail addresses, separated by commas")
    return found
