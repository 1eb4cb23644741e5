"""Trails of twelve records, to be searched, verified and tampered with."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.agent_telemetry.written_trail import copied, write


@pytest.fixture(scope="module")
def untouched() -> Iterator[Path]:
    """A trail of 12 records in several files."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), audit_file_bytes=2048)
        yield Path(name)


@pytest.fixture
def folder(untouched: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return copied(untouched, tmp_path)


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """A trail of 12 records in one file."""
    write(tmp_path)
    return tmp_path
