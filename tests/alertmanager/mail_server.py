"""A real SMTP server (aiosmtpd) that insists on STARTTLS and on a login, with test certificates."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.process.conftest import a_free_port

USER = "alerts@example.org"
PASSWORD = "open-sesame"


@dataclass
class MailServer:
    """What has been received.

    Attributes:
        port: where it listens on 127.0.0.1.
        authority: the certificate, as PEM, that its own one can be checked with.
        recipients: of each mail.
        mails: the mails themselves.
    """

    port: int
    authority: str
    recipients: list[list[str]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail; the name is aiosmtpd's."""
        self.recipients.append(list(envelope.rcpt_tos))
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)  # type: ignore[arg-type]
        return "250 OK"


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    known = isinstance(given, LoginPassword) and given == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=known, handled=False)  # the server says the answer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run the server until the block ends."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = MailServer(a_free_port(), authority.cert_pem.bytes().decode())
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, tls_context=context, require_starttls=True,
        auth_required=True, authenticator=_knows,
        # Its LOGIN asks in words of its own, which Go's mail programs do not take.
        auth_exclude_mechanism=["LOGIN"],
    )  # fmt: skip
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
