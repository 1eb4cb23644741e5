"""The table at the end of `make up`."""

import pytest

from commands.addresses import addresses, lite_address
from commands.host_ports import HostPort
from commands.url_table import login_hint, print_urls


@pytest.fixture
def ports():
    """Ports as compose resolves them."""
    return [
        HostPort("GRAFANA_PORT", "grafana", "127.0.0.1", 3001, 3000),
        HostPort("APP_PORT", "example-app", "0.0.0.0", 8001, 8000),
        HostPort("OTLP_GRPC_PORT", "otel-collector", "127.0.0.1", 4317, 4317),
        HostPort("LOKI_PORT", "loki", "", 3100, 3100),
    ]


def test_urls_use_the_public_host_and_programs_loopback(ports, monkeypatch):
    """People get PUBLIC_HOST's name, programs the loopback address; gRPC is no page."""
    monkeypatch.setenv("PUBLIC_HOST", "box.example")
    found = {address.service: address for address in addresses(ports)}
    assert found["example-app"].url == "http://box.example:8001"
    assert found["example-app"].local_url == "http://127.0.0.1:8001"
    assert found["loki"].url == "http://box.example:3100/ready"
    assert "otel-collector" not in found


def test_the_mail_inbox_is_a_row_of_the_table(ports):
    """With the profile `mail` the table leads to the page that shows the mails."""
    mail = HostPort("MAIL_PORT", "mailpit", "127.0.0.1", 8026, 8025)
    (found,) = [one for one in addresses([*ports, mail]) if one.service == "mailpit"]
    assert (found.title, found.local_url) == ("Mail inbox", "http://127.0.0.1:8026")


def test_agent_comes_first(ports):
    """The sample agent is the first row, whatever order compose has."""
    assert next(address.service for address in addresses(ports)) == "example-app"


def test_table_tells_status_hints_and_notes(ports, monkeypatch, capsys):
    """Every URL stands on one line with its status; what is missing is told too."""
    monkeypatch.setenv("PUBLIC_HOST", "localhost")
    status = {"example-app": "healthy", "grafana": "left out: no image here"}
    print_urls(addresses(ports), status, {"grafana": "login: admin/admin"}, ["a note"])
    lines = capsys.readouterr().out.splitlines()
    (agent,) = [line for line in lines if "http://localhost:8001" in line]
    (grafana,) = [line for line in lines if "http://localhost:3001" in line]
    (loki,) = [line for line in lines if "http://localhost:3100" in line]
    assert "healthy" in agent
    assert "left out: no image here" in grafana
    assert "login: admin/admin" in grafana
    assert "not started" in loki
    assert "a note" in lines


@pytest.mark.parametrize(
    ("settings", "well_known"),
    [
        ({}, True),
        ({"GF_SECURITY_ADMIN_USER": "admin", "GF_SECURITY_ADMIN_PASSWORD": "admin"}, True),
        ({"GF_SECURITY_ADMIN_PASSWORD": "s3cret"}, False),
        ({"GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/grafana"}, False),
    ],
)
def test_only_the_well_known_login_is_printed(settings, well_known):
    """The demo's password is shown with a warning; a password of one's own never is."""
    hint, warn = login_hint(settings)
    assert warn is well_known
    assert "s3cret" not in hint


def test_lite_address(monkeypatch):
    """The lite version is shown under PUBLIC_HOST and asked where it listens."""
    monkeypatch.setenv("PUBLIC_HOST", "box")
    found = lite_address(8000, "http://127.0.0.1:8000")
    assert (found.url, found.local_url) == ("http://box:8000", "http://127.0.0.1:8000")
