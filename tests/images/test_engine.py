"""What an earlier engine left behind does not keep a new one from starting."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.images.engine import _remove_if_stale

OWN_NAME = Path(f"/proc/{os.getpid()}/comm")


@pytest.mark.skipif(not OWN_NAME.exists(), reason="this system has no /proc")
@pytest.mark.parametrize("content", ["", "no number", "4194999", str(os.getpid())])
def test_pid_file_of_no_engine_is_removed(tmp_path: Path, content: str) -> None:
    """Its process is gone, or its number belongs to another program now."""
    file = tmp_path / "docker.pid"
    file.write_text(content)
    _remove_if_stale(file, "dockerd")
    assert not file.exists()


@pytest.mark.skipif(not OWN_NAME.exists(), reason="this system has no /proc")
def test_pid_file_of_a_running_engine_stays(tmp_path: Path) -> None:
    """The process runs the very program."""
    file = tmp_path / "docker.pid"
    file.write_text(str(os.getpid()))
    _remove_if_stale(file, OWN_NAME.read_text().strip())
    assert file.exists()
    _remove_if_stale(tmp_path / "never-written.pid", "dockerd")
