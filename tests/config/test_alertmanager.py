"""Alertmanager's committed file: valid as it stands, with the promised times and no secret.

Routes, muting, texts and delivery are proven in tests/alertmanager.
"""

import pytest
import yaml

from tests.config.compose_files import ROOT
from tests.config.server_programs import run

CONFIG = ROOT / "alertmanager" / "alertmanager.yml"


@pytest.fixture(scope="module")
def config():
    """The committed configuration."""
    return yaml.safe_load(CONFIG.read_text("utf-8"))


def test_alertmanager_loads_the_committed_file():
    """The file is valid as it stands, before anything is left out."""
    result = run("amtool", "check-config", CONFIG)

    assert result.returncode == 0, result.stdout + result.stderr


def test_groups_and_times_are_the_promised_ones(config):
    """An alert is sent within seconds, repeated twice a day, and grouped by what it is about."""
    route = config["route"]

    assert route["group_by"] == ["alertname", "severity", "scope", "service"]
    assert (route["group_wait"], route["group_interval"]) == ("10s", "10s")
    assert route["repeat_interval"] == "12h"
    assert config["global"]["resolve_timeout"] == "5m"


def test_the_beat_is_repeated_often_enough_for_the_three_minute_check(config):
    """Two beats in a row may be lost before the inbox calls the alert path dead."""
    beats = [r for r in config["route"]["routes"] if r.get("matchers") == ['alertname="Watchdog"']]

    assert [beat["receiver"] for beat in beats] == ["watchdog-ping", "inbox"]
    for beat in beats:
        times = (beat["group_wait"], beat["group_interval"], beat["repeat_interval"])
        assert times == ("0s", "20s", "50s")


def test_no_secret_is_written_into_the_file():
    """Secrets are read from files; the committed one names only where."""
    text = CONFIG.read_text("utf-8")
    for inline in ("api_url:", "routing_key:", "service_key:", "auth_password:"):
        assert inline not in text
