"""The configuration that the `init` job writes, made by the shipped script itself."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.config.compose_files import ROOT

#: File → what it connects.
SECRETS = {
    "pagerduty_routing_key": "pagerduty",
    "slack_webhook_url": "alerts",
    "slack_warnings_webhook_url": "warnings",
    "smtp_password": "alerts",
    "watchdog_ping_url": "watchdog-ping",
}


def write_effective(
    secrets: Path, out: Path, variables: Mapping[str, str] | None = None, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run the script as the job does; return its exit code and what it said."""
    source = ROOT / "alertmanager"
    return subprocess.run(
        [sys.executable, source / "effective_config.py", source / "alertmanager.yml",
         "--secrets", secrets, "--out", out, *more],
        env={"PATH": os.environ["PATH"], **(variables or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def effective_text(secrets: Path, variables: Mapping[str, str] | None = None) -> str:
    """Return the effective configuration for a directory of secrets."""
    out = secrets.parent / "effective-alertmanager.yml"
    done = write_effective(secrets, out, variables)
    assert done.returncode == 0, done.stderr
    return out.read_text("utf-8")
