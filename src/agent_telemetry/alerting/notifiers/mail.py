"""Tells people by e-mail."""

import math
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from agent_telemetry.alerting.alert import Alert, rfc3339
from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError

_TIMEOUT_SECONDS = 10
_PERMANENT = 500


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where e-mail goes and to whom.

    Attributes:
        host: the SMTP server.
        port: its port.
        sender: address that it comes from.
        recipients: addresses that it goes to.
        username: for the login; empty: no login.
        password: for the login.
        starttls: whether the connection is encrypted before anything else; a server that cannot is
            not told anything.
    """

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    username: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True


class MailNotifier:
    """Sends one message for each alert to all recipients.

    Args:
        server: where to and to whom.
    """

    name = "mail"

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, alert: Alert) -> None:
        """Send it.

        Raises:
            NotificationRefusedError: the server refuses it, or the login, for good.
            OSError: the server is away or broken.
        """
        server = self._server
        try:
            with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS) as connection:
                if server.starttls:
                    connection.starttls(context=ssl.create_default_context())
                if server.username:
                    connection.login(server.username, server.password)
                connection.send_message(mail_message(alert, server))
        except smtplib.SMTPRecipientsRefused as error:
            _refused_for_good(min(code for code, _ in error.recipients.values()))
            raise
        except smtplib.SMTPResponseException as error:
            _refused_for_good(error.smtp_code)
            raise


def mail_message(alert: Alert, server: MailServer) -> EmailMessage:
    """Return the message: subject ``[ALERT] …``, and what is known in plain text."""
    resolved = alert.status == "resolved"
    message = EmailMessage()
    message["Subject"] = f"[ALERT] {alert.name}{' resolved' if resolved else ''}"
    message["From"] = server.sender
    message["To"] = ", ".join(server.recipients)
    message["Date"] = format_datetime(alert.timestamp)
    message["Message-ID"] = make_msgid(alert.fingerprint, domain="agent-telemetry.invalid")
    lines = [alert.description, "", f"Severity: {alert.severity}", f"Status: {alert.status}"]
    if alert.value is not None and math.isfinite(alert.value):
        lines.append(f"Value: {alert.value:.2f}")
    lines.append(f"Since: {rfc3339(alert.began)}")
    if resolved:
        lines.append(f"Until: {rfc3339(alert.timestamp)}")
    lines += [f"{key}: {value}" for key, value in sorted(alert.labels.items())]
    message.set_content("\n".join(lines))
    return message


def _refused_for_good(code: int) -> None:
    if code >= _PERMANENT:
        # The server's own words may repeat the login.
        raise NotificationRefusedError(f"SMTP {code}") from None
