"""Where this checkout keeps things."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The repository's root: every command runs from here."""

RUN_DIR = ROOT / ".run"
"""What belongs to running processes: pid files, logs, state. Never committed."""
