"""An interrupted build leaves nothing that a later run takes for finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.images.cache import appears_whole, cache_directory, only_one_at_a_time, scratch_directory


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_finished_directory_appears_whole() -> None:
    """It takes the place of an older one."""
    final = cache_directory() / "bundles/a/1"
    for text in ("old", "new"):
        with appears_whole(final) as unfinished:
            (unfinished / "file").write_text(text)
            assert unfinished != final
    assert (final / "file").read_text() == "new"


def test_failed_build_leaves_nothing() -> None:
    """Neither the result nor its half-made form."""
    final = cache_directory() / "bundles/a/1"

    def fail() -> None:
        with appears_whole(final) as unfinished:
            (unfinished / "file").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not final.exists()
    assert not list(scratch_directory().iterdir())


def test_killed_build_is_cleared_away() -> None:
    """What could not be cleaned up then is cleaned up by the next run."""
    (scratch_directory() / "half").mkdir()
    with only_one_at_a_time():
        assert not list(scratch_directory().iterdir())
