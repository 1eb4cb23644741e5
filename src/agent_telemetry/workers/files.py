"""The files in which prometheus-client keeps the metrics of several processes.

There is one ``<type>_<pid>.db`` for each process and type, ``gauge_<mode>_<pid>.db`` for gauges.
What dead processes counted goes into ``<type>_merged.db``, so that no counter falls back and the
folder does not grow with every worker that comes and goes. All of it happens under the folder's
lock; what a killed process left half done is finished by the next one.
"""

import contextlib
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import orjson
from prometheus_client.mmap_dict import MmapedDict

_MERGED = "merged"
_JOURNAL = "agent_telemetry.sweep"
_FRESH = ".fresh"
#: Value and time (seconds since 1970, 0 when it has none) of one entry.
Entry = tuple[float, float]
#: What a damaged file raises.
DAMAGE = (struct.error, RuntimeError, UnicodeDecodeError)


def _sum(one: Entry, two: Entry) -> Entry:
    return one[0] + two[0], 0.0


def _later(one: Entry, two: Entry) -> Entry:
    return max(one, two, key=lambda entry: entry[1])


_JOIN: Mapping[str, Callable[[Entry, Entry], Entry]] = {
    "counter": _sum,
    "histogram": _sum,
    "summary": _sum,
    "gauge_sum": _sum,
    "gauge_max": max,
    "gauge_min": min,
    "gauge_mostrecent": _later,
}


def database_files(folder: Path) -> list[Path]:
    """Return the files with metrics; one that is just being made is empty and left out."""
    found = []
    for path in sorted(folder.glob("*.db")):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size:
                found.append(path)
    return found


def pid_of(path: Path) -> int | None:
    """Return whose file it is; None for a merged one, or one of somebody else's."""
    pid = path.stem.rpartition("_")[2]
    return int(pid) if pid.isascii() and pid.isdigit() else None


def sweep(
    folder: Path, is_dead: Callable[[Path, int], bool], on_damage: Callable[[Path], None]
) -> None:
    """Remove live gauges of dead processes and merge what they counted.

    Args:
        folder: where the files are; its lock is held.
        is_dead: whether the process of a file is dead.
        on_damage: told of a file that cannot be read; it is put aside.
    """
    finish(folder)
    dead: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.db")):
        pid = pid_of(path)
        if pid is not None and is_dead(path, pid):
            dead.setdefault(path.stem.rpartition("_")[0], []).append(path)
    gone: list[Path] = []
    fresh: list[Path] = []
    for kind, files in dead.items():
        if kind.startswith("gauge_live"):
            gone += files
        elif kind in _JOIN:
            merged = folder / f"{kind}_{_MERGED}.db"
            entries = _joined([merged, *files], _JOIN[kind], on_damage)
            fresh.append(_write(merged.with_name(merged.name + _FRESH), entries))
            gone += files
    if gone:
        _commit(folder, gone, fresh)


def finish(folder: Path) -> None:
    """Finish what a process that was killed had begun, or undo it."""
    journal = folder / _JOURNAL
    with contextlib.suppress(FileNotFoundError, ValueError):
        _apply(folder, orjson.loads(journal.read_bytes()))
    for leftover in (*folder.glob(f"*{_FRESH}"), journal):
        leftover.unlink(missing_ok=True)


def series(folder: Path) -> dict[str, set[tuple[tuple[str, str], ...]]]:
    """Return the labels of every series in the files, by the metric's name.

    Returns:
        Name (a counter's without ``_total``) → sorted pairs of label and value, ``le`` left out.
    """
    keys: set[str] = set()
    for path in database_files(folder):
        with contextlib.suppress(FileNotFoundError, *DAMAGE):
            keys |= {key for key, _, _ in _entries(path)}
    found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for key in keys:
        name, _, labels, _ = json.loads(key)
        pairs = tuple(sorted(pair for pair in labels.items() if pair[0] != "le"))
        found.setdefault(name, set()).add(pairs)
    return found


def _joined(
    files: Iterable[Path],
    join: Callable[[Entry, Entry], Entry],
    on_damage: Callable[[Path], None],
) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for path in files:
        try:
            if not path.stat().st_size:  # its process died while it made it
                continue
            entries = _entries(path)
        except FileNotFoundError:
            continue
        except DAMAGE:
            on_damage(path)
            path.replace(path.with_suffix(".damaged"))
            continue
        for key, value, time in entries:
            entry = (value, time)
            found[key] = join(found[key], entry) if key in found else entry
    return found


def _entries(path: Path) -> list[tuple[str, float, float]]:
    read = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
    return [(key, value, time) for key, value, time, _ in read]


def _write(path: Path, entries: Mapping[str, Entry]) -> Path:
    path.unlink(missing_ok=True)
    file = MmapedDict(str(path))  # type: ignore[no-untyped-call]
    for key, (value, time) in entries.items():
        file.write_value(key, value, time)  # type: ignore[no-untyped-call]
    file.close()  # type: ignore[no-untyped-call]
    return path


def _commit(folder: Path, gone: Iterable[Path], fresh: Iterable[Path]) -> None:
    """Put the fresh files in the place of those that are in them: all or nothing."""
    plan = {"gone": [path.name for path in gone], "fresh": [path.name for path in fresh]}
    draft = folder / (_JOURNAL + _FRESH)
    draft.write_bytes(orjson.dumps(plan))
    draft.replace(folder / _JOURNAL)
    finish(folder)


def _apply(folder: Path, plan: Mapping[str, list[str]]) -> None:
    for name in plan["gone"]:
        (folder / name).unlink(missing_ok=True)
    for name in plan["fresh"]:
        with contextlib.suppress(FileNotFoundError):
            (folder / name).replace(folder / name.removesuffix(_FRESH))
