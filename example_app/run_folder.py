"""Where programs that people start by hand keep logs and state: below ``.run/``."""

import os
from pathlib import Path

_RUN = Path(__file__).parents[1] / ".run"


def keep_telemetry_in_files() -> None:
    """Send logs and state to files unless told otherwise; the terminal is for people."""
    os.environ.setdefault("AGENT_TELEMETRY_LOG_DIR", str(_RUN / "logs"))
    os.environ.setdefault("AGENT_TELEMETRY_STATE_DIR", str(_RUN / "state"))
    os.environ.setdefault("AGENT_TELEMETRY_LOG_STDOUT", "0")
    os.environ.setdefault("AGENT_TELEMETRY_LOG_STDERR", "0")
