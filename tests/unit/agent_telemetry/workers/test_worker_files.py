"""Files of dead workers are merged: nothing lost, nothing twice, whenever the sweeper is killed."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.workers import files as worker_files
from tests.unit.agent_telemetry.metric_files import shown, write

COUNTS = st.dictionaries(
    st.sampled_from(["calls", "calls/a", "calls/b", "errors/a"]), st.integers(0, 10**9)
)
KINDS = ("counter", "histogram", "summary", "gauge_max", "gauge_sum", "gauge_livesum")


def sweep(folder: Path, dead: set[int]) -> list[Path]:
    """Sweep; return the files that were damaged."""
    damaged: list[Path] = []
    worker_files.sweep(folder, lambda _path, pid: pid in dead, damaged.append)
    return damaged


@given(
    workers=st.dictionaries(st.integers(1, 99), COUNTS, max_size=6),
    kind=st.sampled_from([kind for kind in KINDS if not kind.startswith("gauge_live")]),
    deaths=st.lists(st.integers(1, 99), max_size=8),
)
def test_no_number_changes(tmp_path_factory, workers, kind, deaths) -> None:
    """Whoever dies in whichever order, all numbers stay, and only the files of the living."""
    folder = tmp_path_factory.mktemp("workers")
    for pid, counts in workers.items():
        write(folder / f"{kind}_{pid}.db", counts)
    before = shown(folder)
    for pid in deaths:
        assert sweep(folder, {pid}) == []
        assert shown(folder) == before
    living = {f"{kind}_{pid}.db" for pid in workers if pid not in deaths}
    assert {path.name for path in folder.iterdir()} - {f"{kind}_merged.db"} == living


def test_live_gauges_go_with_their_worker(tmp_path) -> None:
    """A gauge of a dead worker is gone, one of a living worker stays, pid by pid ones are left."""
    write(tmp_path / "gauge_livesum_1.db", {"busy": 3})
    write(tmp_path / "gauge_livesum_2.db", {"busy": 4})
    write(tmp_path / "gauge_all_1.db", {"everywhere": 1})
    sweep(tmp_path, {1})
    assert shown(tmp_path) == {"busy": 4, "everywhere/1": 1}


def test_gauges_that_outlive_their_worker(tmp_path) -> None:
    """The highest and the latest value are kept, the latest by its time."""
    for pid, value, time in ((1, 5.0, 20.0), (2, 7.0, 10.0), (3, 6.0, 5.0)):
        write(tmp_path / f"gauge_max_{pid}.db", {"highest": value})
        write(tmp_path / f"gauge_mostrecent_{pid}.db", {"latest": value}, time)
    sweep(tmp_path, {1, 2})
    sweep(tmp_path, {3})
    assert shown(tmp_path) == {"highest": 7, "latest": 5}


class Killed(BaseException):
    """The sweeper is killed."""


def sweep_until(monkeypatch, folder: Path, changes: int) -> bool:
    """Sweep and be killed before the change of that number; return whether it came to that."""
    left = iter(range(changes))

    def dying(change):
        def step(*arguments, **options):
            if next(left, None) is None:
                raise Killed
            return change(*arguments, **options)

        return step

    with monkeypatch.context() as patched:
        for name in ("unlink", "replace", "write_bytes"):
            patched.setattr(Path, name, dying(getattr(Path, name)))
        try:
            sweep(folder, {1, 2})
        except Killed:
            return True
    return False


def test_a_killed_sweeper_loses_and_doubles_nothing(tmp_path, monkeypatch) -> None:
    """Killed before any of its changes to the folder, the next one finishes the work."""
    kinds = ("counter", "summary", "gauge_livesum")
    for changes in range(100):
        folder = tmp_path / str(changes)
        folder.mkdir()
        for pid in (1, 2, 3):
            for kind in kinds:
                write(folder / f"{kind}_{pid}.db", {f"{kind}_value": pid})
        sweep(folder, {1})
        killed = sweep_until(monkeypatch, folder, changes)
        sweep(folder, {1, 2})
        assert shown(folder) == {"counter_value": 6, "summary_value": 6, "gauge_livesum_value": 3}
        names = {path.name for path in folder.iterdir()}
        left = {*(f"{kind}_3.db" for kind in kinds), "counter_merged.db", "summary_merged.db"}
        assert names == left
        if not killed:
            break
    assert changes > 8, "it was not killed in the midst of its work"


def test_a_damaged_file_is_put_aside(tmp_path) -> None:
    """A file that cannot be read is reported and stops nothing; an empty one is removed."""
    write(tmp_path / "counter_1.db", {"calls": 1})
    (tmp_path / "counter_2.db").write_bytes(b"\xff\x7f\x00\x00" + b"\x01" * 100)
    (tmp_path / "counter_3.db").touch()
    assert [path.name for path in sweep(tmp_path, {1, 2, 3})] == ["counter_2.db"]
    assert shown(tmp_path) == {"calls": 1}
    assert {path.name for path in tmp_path.iterdir()} == {"counter_merged.db", "counter_2.damaged"}


def test_series_of_all_workers(tmp_path) -> None:
    """The labels of every worker's series are found, those of merged files included."""
    write(tmp_path / "counter_1.db", {"calls/a": 1})
    write(tmp_path / "counter_2.db", {"calls/b": 1, "total": 1})
    sweep(tmp_path, {1})
    assert worker_files.series(tmp_path) == {
        "calls": {(("kind", "a"),), (("kind", "b"),)},
        "total": {()},
    }
