"""Configurations in both forms, and servers that record what Alertmanager sends."""

import pytest
import yaml

from tests.alertmanager.effective import SECRETS, effective_text
from tests.alertmanager.recording_server import recording_server
from tests.config.compose_files import ROOT


@pytest.fixture(scope="session", params=["without any secret", "with every secret"])
def written(request, tmp_path_factory):
    """Path of the effective configuration, once without any secret and once with all."""
    directory = tmp_path_factory.mktemp("alertmanager")
    secrets = directory / "secrets"
    secrets.mkdir()
    for name in SECRETS if request.param == "with every secret" else ():
        (secrets / name).write_text("x", "utf-8")
    path = directory / "alertmanager.yml"
    path.write_text(effective_text(secrets), "utf-8")
    return path


@pytest.fixture(scope="session")
def committed():
    """The committed configuration as data."""
    return yaml.safe_load((ROOT / "alertmanager" / "alertmanager.yml").read_text("utf-8"))


@pytest.fixture
def receivers():
    """A server that stands in for the inbox, Slack, PagerDuty and the outside observer."""
    with recording_server() as server:
        yield server
