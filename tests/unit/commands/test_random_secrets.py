"""`make secrets` replaces what everybody knows, and nothing that somebody has set."""

import stat

import pytest
from dotenv import dotenv_values

from commands import random_secrets
from commands.checkout import ROOT

EXAMPLE = "# words\n#GRAFANA_ADMIN_PASSWORD=admin\n#APP_PORT=8000\n#TENANT_KEY_ACME=\n"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of its own, whose `.env` alone counts."""
    (tmp_path / ".env.example").write_text(EXAMPLE, "utf-8")
    monkeypatch.setattr(random_secrets, "variables", lambda: dict(dotenv_values(tmp_path / ".env")))
    return tmp_path


def test_what_is_well_known_becomes_random(checkout, capsys):
    """Each gets a long value of its own, in a file that only its owner reads; none is printed."""
    assert random_secrets.main(checkout) == 0

    written = dotenv_values(checkout / ".env")
    assert written.keys() == {"GRAFANA_ADMIN_PASSWORD", "TENANT_KEY_ACME"}
    assert len(set(written.values())) == 2
    assert all(len(value) >= 32 for value in written.values())
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert "GRAFANA_ADMIN_PASSWORD" in said
    assert not any(value in said for value in written.values())


def test_what_is_set_stays(checkout, capsys):
    """A second run, or a value of one's own, changes nothing else in the file."""
    (checkout / ".env").write_text("APP_PORT=8001\nGRAFANA_ADMIN_PASSWORD=mine", "utf-8")

    random_secrets.main(checkout)
    first = (checkout / ".env").read_text("utf-8")
    random_secrets.main(checkout)

    assert (checkout / ".env").read_text("utf-8") == first
    assert first.startswith("APP_PORT=8001\nGRAFANA_ADMIN_PASSWORD=mine\nTENANT_KEY_ACME=")
    assert "Nothing to do" in capsys.readouterr().out


def test_the_shipped_example_names_them():
    """Grafana's password and the key of each tenant of the demo are covered."""
    named = random_secrets.well_known((ROOT / ".env.example").read_text("utf-8"))

    assert named[0] == "GRAFANA_ADMIN_PASSWORD"
    assert {"TENANT_KEY_ACME", "TENANT_KEY_GLOBEX"} <= set(named)
    assert len(named) == 5
