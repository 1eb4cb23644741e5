"""Mails reach a real SMTP server: with STARTTLS and login, and the profile's inbox without."""

import subprocess

import httpx
import pytest

from tests.alertmanager.live_alertmanager import live_alertmanager
from tests.alertmanager.mail_server import PASSWORD, USER, mail_server
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port

ALERT = {"alertname": "HighAPICost", "severity": "critical", "scope": "cost", "service": "shop"}
NOWHERE = {"http://logger:8080/alerts": "http://127.0.0.1:9/alerts"}
RECIPIENTS = ["a@example.org", "b@example.org"]


@pytest.fixture
def server():
    """A server that takes no mail before STARTTLS and a login."""
    with mail_server() as running:
        yield running


@pytest.fixture
def alertmanager(server, tmp_path):
    """Alertmanager with the settings that the guide names."""
    with live_alertmanager(
        tmp_path,
        secrets={"smtp_password": PASSWORD, "smtp_ca.pem": server.authority},
        variables={
            "SMTP_SMARTHOST": f"127.0.0.1:{server.port}",
            "SMTP_USERNAME": USER,
            "ALERT_EMAIL_FROM": "stack@example.org",
            "ALERT_EMAIL_TO": ", ".join(RECIPIENTS),
        },
        replaced=NOWHERE,
    ) as running:
        yield running


def test_firing_and_resolved_reach_every_recipient(alertmanager, server):
    """By STARTTLS and login, as text and HTML, once when it fires and once when it is over."""
    alertmanager.send(ALERT, runbook_url="http://h/runbooks/HighAPICost")
    wait_for(lambda: server.mails, within=30, what="the mail", pause=0.1)
    alertmanager.send(ALERT, resolved=True)
    wait_for(lambda: len(server.mails) == 2, within=30, what="the second mail", pause=0.1)

    fired, over = server.mails
    assert fired["Subject"] == "[ALERT] HighAPICost critical on shop"
    assert over["Subject"] == "[ALERT] resolved: HighAPICost critical on shop"
    assert fired["From"] == "stack@example.org"
    assert fired["To"] == ", ".join(RECIPIENTS)
    assert server.recipients == [RECIPIENTS, RECIPIENTS]
    text = fired.get_body(("plain",)).get_content()
    html = fired.get_body(("html",)).get_content()
    assert "Runbook: http://h/runbooks/HighAPICost" in text
    assert '<a href="http://h/runbooks/HighAPICost">Runbook</a>' in html


def test_a_label_cannot_add_a_header_or_an_element(alertmanager, server):
    """Line breaks and HTML in a label stay in its place."""
    service = "shop\r\nBcc: everybody@example.org\r\n\r\n<script>x</script>"
    alertmanager.send({**ALERT, "service": service}, description="<script>y</script>")
    wait_for(lambda: server.mails, within=30, what="the mail", pause=0.1)

    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[ALERT] HighAPICost critical on shop")
    assert "<script" not in mail.get_body(("html",)).get_content()
    assert server.recipients == [RECIPIENTS]


def test_a_wrong_password_is_counted_as_a_failure(server, tmp_path):
    """Mail that is refused is seen in the metric that AlertmanagerNotificationsFailing reads."""
    with live_alertmanager(
        tmp_path,
        secrets={"smtp_password": "wrong", "smtp_ca.pem": server.authority},
        variables={"SMTP_SMARTHOST": f"127.0.0.1:{server.port}", "SMTP_USERNAME": USER},
        replaced=NOWHERE,
    ) as running:
        running.send(ALERT)

        wait_for(
            lambda: running.metric(
                "alertmanager_notifications_failed_total", integration="email"
            ),
            within=30, what="a counted failure", pause=0.2,
        )  # fmt: skip
    assert server.mails == []


def test_a_server_whose_certificate_is_not_known_gets_no_mail(server, tmp_path):
    """The password is not given to a server that cannot prove who it is."""
    with live_alertmanager(
        tmp_path,
        secrets={"smtp_password": PASSWORD},
        variables={"SMTP_SMARTHOST": f"127.0.0.1:{server.port}", "SMTP_USERNAME": USER},
        replaced=NOWHERE,
    ) as running:
        running.send(ALERT)

        wait_for(lambda: "certificate" in running.log.read_text(), within=30, what="the refusal")
    assert server.mails == []


@pytest.fixture
def inbox(tmp_path):
    """The mail server of the profile `mail`; gives the ports of its SMTP and of its page."""
    smtp, page = a_free_port(), a_free_port()
    child = subprocess.Popen(
        [program("mailpit"), f"--smtp=127.0.0.1:{smtp}", f"--listen=127.0.0.1:{page}",
         "--disable-version-check", "--smtp-disable-rdns", f"--database={tmp_path / 'mail.db'}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{page}"
    try:
        wait_for(lambda: httpx.get(f"{url}/readyz").is_success, within=30, what="mailpit")
        yield smtp, url
    finally:
        child.terminate()
        child.wait(timeout=10)


def test_the_profile_needs_no_secret_and_no_setting(inbox, tmp_path):
    """With the profile's variable alone, and no secret, mails are on the page of its inbox."""
    smtp, page = inbox
    with live_alertmanager(
        tmp_path, variables={"MAIL_INBOX": f"127.0.0.1:{smtp}"}, replaced=NOWHERE
    ) as running:
        running.send(ALERT, description="11.00 USD spent.")
        found = wait_for(
            lambda: httpx.get(f"{page}/api/v1/messages").json()["messages"],
            within=30, what="the mail", pause=0.2,
        )  # fmt: skip

    assert found[0]["Subject"] == "[ALERT] HighAPICost critical on shop"
    assert "11.00 USD spent." in httpx.get(f"{page}/api/v1/message/{found[0]['ID']}").json()["HTML"]
    assert "<title>" in httpx.get(page).text  # the page for people is there, too
