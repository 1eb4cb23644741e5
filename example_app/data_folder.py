"""Where the sample agent's data files are."""

from pathlib import Path

DATA = Path(__file__).parent / "data"
