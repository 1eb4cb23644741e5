"""The init job's two scripts: owners of volumes and Alertmanager's effective configuration."""

import importlib.util
import os
import re

import pytest
import yaml

from tests.alertmanager.effective import SECRETS, write_effective
from tests.config.compose_files import ROOT, mounts, services
from tests.config.server_programs import run


@pytest.fixture
def prepare_volumes():
    """The script that hands volumes over, as a module."""
    path = ROOT / "compose" / "init" / "prepare_volumes.py"
    spec = importlib.util.spec_from_file_location("prepare_volumes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def secrets(tmp_path):
    """An empty secrets directory."""
    directory = tmp_path / "secrets"
    directory.mkdir()
    return directory


def _effective(secrets, out, **variables):
    """Run the script as the init job does; return the configuration and what it said."""
    done = write_effective(secrets, out, variables)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(out.read_text("utf-8")), done.stdout


def _receivers(config):
    return {
        one["name"]: {key for key, value in one.items() if key.endswith("_configs") and value}
        for one in config["receivers"]
    }


def test_without_any_secret_only_the_inbox_is_left_and_it_is_said(secrets, tmp_path):
    """A fresh clone starts, every alert reaches the inbox, and the rest is named as left out."""
    config, said = _effective(secrets, tmp_path / "am.yml")

    assert _receivers(config) == {
        "inbox": {"webhook_configs"},
        "inbox-only": set(),
        "watchdog-ping": set(),
        "pagerduty": set(),
        "warnings": set(),
        "alerts": set(),
    }
    assert "_file" not in (tmp_path / "am.yml").read_text("utf-8")
    assert all(f"secrets/{name}" in said for name in SECRETS)


def test_with_every_secret_every_receiver_is_there(secrets, tmp_path):
    """Nothing is left out when nothing is missing."""
    for name in SECRETS:
        (secrets / name).write_text("x")

    config, said = _effective(secrets, tmp_path / "am.yml")

    assert _receivers(config)["alerts"] == {"slack_configs", "email_configs"}
    assert _receivers(config)["warnings"] == {"slack_configs"}
    assert _receivers(config)["pagerduty"] == {"pagerduty_configs"}
    assert _receivers(config)["watchdog-ping"] == {"webhook_configs"}
    assert "left out" not in said


@pytest.mark.parametrize("present", SECRETS)
def test_each_secret_brings_its_own_receiver_alone(present, secrets, tmp_path):
    """A receiver depends on its own secret and on no other one; the file stays valid."""
    (secrets / present).write_text("x")

    config, said = _effective(secrets, tmp_path / "am.yml")

    named = set(re.findall(r"alertmanager-secrets/(\w+)", (tmp_path / "am.yml").read_text()))
    assert named == {present}
    assert said.count("left out") == len(SECRETS) - 1
    assert config["route"]["routes"]
    checked = run("amtool", "check-config", tmp_path / "am.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("content", "mode", "reason"), [("", 0o644, "empty"), ("x", 0o600, "be read")]
)
def test_a_secret_that_alertmanager_cannot_use_counts_as_missing(
    content, mode, reason, secrets, tmp_path
):
    """An empty or unreadable file is said at start, not found out at the first alert."""
    (secrets / "slack_webhook_url").write_text(content)
    (secrets / "slack_webhook_url").chmod(mode)

    config, said = _effective(secrets, tmp_path / "am.yml")

    assert _receivers(config)["alerts"] == set()
    assert re.search(rf"secrets/slack_webhook_url .*{reason}", said)


def test_variables_fill_in_the_mail_settings_and_cannot_break_the_file(secrets, tmp_path):
    """Several recipients and any characters arrive as they were given."""
    (secrets / "smtp_password").write_text("x")
    strange = 'me: "quoted" #x\n- evil: true'

    config, _ = _effective(
        secrets, tmp_path / "am.yml",
        ALERT_EMAIL_TO="a@example.org, b@example.org", SMTP_SMARTHOST="mail:25",
        SMTP_USERNAME=strange,
    )  # fmt: skip

    (mail,) = next(r for r in config["receivers"] if r["name"] == "alerts")["email_configs"]
    assert mail["to"] == "a@example.org, b@example.org"
    assert mail["smarthost"] == "mail:25"
    assert mail["auth_username"] == strange.strip()
    assert mail["require_tls"] is True


def test_the_profile_mail_needs_one_variable_and_keeps_the_real_mail(secrets, tmp_path):
    """The inbox is added without secret, login or TLS; mail that goes out goes on going out."""
    alone, said = _effective(secrets, tmp_path / "am.yml", MAIL_INBOX="mailpit:1025")
    (secrets / "smtp_password").write_text("x")
    both, _ = _effective(secrets, tmp_path / "am.yml", MAIL_INBOX="mailpit:1025")

    found = [
        next(r for r in config["receivers"] if r["name"] == "alerts")["email_configs"]
        for config in (alone, both)
    ]
    assert [mail["smarthost"] for mail in found[0]] == ["mailpit:1025"]
    assert found[0][0].keys() & {"auth_username", "auth_password_file"} == set()
    assert found[0][0]["require_tls"] is False
    assert [mail["smarthost"] for mail in found[1]] == ["smtp.example.org:587", "mailpit:1025"]
    assert "MAIL_INBOX" in said


def test_the_job_of_the_profile_knows_what_the_init_job_knows():
    """Both write the same file, but for the inbox that the profile adds."""
    init, added = services()["init"], services()["mail-receiver"]

    assert added["environment"].keys() - init["environment"].keys() == {"MAIL_INBOX"}
    assert init["environment"].keys() <= added["environment"].keys()
    assert services()["alertmanager"]["depends_on"]["mail-receiver"] == {
        "condition": "service_completed_successfully", "required": False,
    }  # fmt: skip


def test_a_certificate_authority_of_ones_own_is_used_where_it_is_there(secrets, tmp_path):
    """An own mail server's authority is optional: without it nothing is said."""
    (secrets / "smtp_password").write_text("x")
    _, said = _effective(secrets, tmp_path / "am.yml")
    assert "smtp_ca" not in said + (tmp_path / "am.yml").read_text("utf-8")

    (secrets / "smtp_ca.pem").write_text("x")
    config, _ = _effective(secrets, tmp_path / "am.yml")

    (mail,) = next(r for r in config["receivers"] if r["name"] == "alerts")["email_configs"]
    assert mail["tls_config"]["ca_file"] == "/etc/alertmanager-secrets/smtp_ca.pem"


def test_every_secret_file_is_named_where_the_container_mounts_it():
    """The paths in the configuration are those of the mounted directory."""
    mounts = dict(v.split(":")[:2] for v in services()["alertmanager"]["volumes"])
    text = (ROOT / "alertmanager" / "alertmanager.yml").read_text("utf-8")

    assert mounts["./secrets"] == "/etc/alertmanager-secrets"
    assert set(re.findall(r"_file: (\S+)/\w+", text)) == {"/etc/alertmanager-secrets"}


def test_volumes_are_given_to_their_users_once(prepare_volumes, tmp_path, monkeypatch, capsys):
    """What is in a volume changes hands with it, and a second start changes nothing."""
    mine = (os.getuid(), os.getgid())
    monkeypatch.setattr(prepare_volumes, "OWNERS", {"logs": mine, "data": (mine[0], mine[1] + 1)})
    for name in ("logs", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "below").touch()
    changed = []
    monkeypatch.setattr(os, "chown", lambda path, *who, **_: changed.append((str(path), *who[:2])))

    assert prepare_volumes.main(tmp_path) == 0

    owner = (mine[0], mine[1] + 1)
    assert changed == [(str(tmp_path / "data" / "below"), *owner), (str(tmp_path / "data"), *owner)]
    assert "logs" not in capsys.readouterr().out


def test_a_volume_that_is_not_mounted_stops_the_start(prepare_volumes, tmp_path, capsys):
    """A typing error in the mounts is said at start with the volume's name."""
    assert prepare_volumes.main(tmp_path) == 1
    assert "agent-logs" in capsys.readouterr().err


def test_each_volume_gets_the_user_that_its_containers_run_as(prepare_volumes):
    """The owners in the script are the users in the compose file."""
    for name, service in services().items():
        for source, read_only in mounts(service):
            if source in prepare_volumes.OWNERS and name != "init" and not read_only:
                uid = int(service["user"].split(":")[0])
                assert prepare_volumes.OWNERS[source][0] == uid, (name, source)
