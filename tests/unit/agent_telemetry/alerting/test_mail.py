"""E-mail, at a real SMTP server on this machine: STARTTLS, login, recipients, refusals."""

import email
import ssl
from email import policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from agent_telemetry.alerting.alert import Alert, at
from agent_telemetry.alerting.notifiers.mail import MailNotifier, MailServer
from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError
from tests.process.conftest import a_free_port

ALERT = Alert("HighErrorRate", "critical", "Zu viele Fehler: 12 %", {"scope": "request"}, 0.126,
              at(1_700_000_000))  # fmt: skip
TO = ("oncall@example.org", "team@example.org")


class _Inbox:
    """Keeps the messages; refuses recipients and says what it was told to say."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], bool, email.message.EmailMessage]] = []
        self.answer = "250 OK"
        self.refused = ""

    async def handle_RCPT(  # noqa: N802 -- prescribed
        self, server, session, envelope, address, options
    ):
        if self.refused:
            return self.refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- prescribed
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append((envelope.rcpt_tos, session.ssl is not None, message))
        return self.answer


def _login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"ann", b"right"), handled=False)


@pytest.fixture(scope="module")
def authority():
    """Issues the server's certificate."""
    return trustme.CA()


@pytest.fixture
def inbox(authority, monkeypatch, tmp_path):
    """A server that takes nothing without encryption and login, and is trusted; its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    handler, port = _Inbox(), a_free_port()
    controller = Controller(
        handler,
        hostname="localhost",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_login,
    )
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


def _server(port: int, **options) -> MailServer:
    chosen = {"username": "ann", "password": "right", **options}
    return MailServer(
        host="localhost", port=port, sender="alerts@example.org", recipients=TO, **chosen
    )


def test_message_arrives_encrypted_at_all_recipients(inbox):
    """Subject ``[ALERT] …``, description, severity, value to two decimals, times and labels."""
    handler, port = inbox
    MailNotifier(_server(port)).send(ALERT)
    ((recipients, encrypted, message),) = handler.messages
    assert recipients == [*TO]
    assert encrypted
    assert message["Subject"] == "[ALERT] HighErrorRate"
    assert (message["From"], message["To"]) == ("alerts@example.org", ", ".join(TO))
    assert message.get_content().split("\r\n") == [
        "Zu viele Fehler: 12 %",
        "",
        "Severity: critical",
        "Status: firing",
        "Value: 0.13",
        "Since: 2023-11-14T22:13:20.000+00:00",
        "scope: request",
        "",
    ]


def test_end_is_a_message_of_its_own(inbox):
    """A resolved alert says so in its subject and has both times."""
    handler, port = inbox
    over = Alert("A", "info", "b", {}, None, at(1_700_000_060), status="resolved",
                 starts_at=at(1_700_000_000))  # fmt: skip
    MailNotifier(_server(port)).send(over)
    message = handler.messages[0][2]
    assert message["Subject"] == "[ALERT] A resolved"
    assert "Until: 2023-11-14T22:14:20.000+00:00" in message.get_content()


def test_wrong_login_is_refused_for_good(inbox):
    """It is not tried again, and what is raised does not repeat the password."""
    handler, port = inbox
    with pytest.raises(NotificationRefusedError, match=r"^SMTP 535$"):
        MailNotifier(_server(port, password="wrong")).send(ALERT)
    assert handler.messages == []


@pytest.mark.parametrize(
    ("refused", "error"),
    [("550 no such user", NotificationRefusedError), ("451 later", OSError)],
)
def test_refused_recipients(inbox, refused, error):
    """A permanent refusal is for good, a temporary one is tried again."""
    handler, port = inbox
    handler.refused = refused
    with pytest.raises(error):
        MailNotifier(_server(port)).send(ALERT)


def test_server_that_is_not_trusted_is_told_nothing(inbox, monkeypatch):
    """With a certificate that nobody vouches for neither login nor alert is sent."""
    handler, port = inbox
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ssl.SSLCertVerificationError):
        MailNotifier(_server(port)).send(ALERT)
    assert handler.messages == []


def test_server_without_encryption_is_used_when_told_so():
    """A server on this machine takes a plain message without login."""
    handler, port = _Inbox(), a_free_port()
    controller = Controller(handler, hostname="localhost", port=port)
    controller.start()
    try:
        with pytest.raises(OSError, match="STARTTLS"):
            MailNotifier(_server(port)).send(ALERT)
        plain = _server(port, starttls=False, username="", password="")
        MailNotifier(plain).send(ALERT)
    finally:
        controller.stop()
    assert [encrypted for _, encrypted, _ in handler.messages] == [False]


def test_password_is_in_no_representation():
    """Printing the server does not print the password."""
    assert "right" not in repr(_server(25))
