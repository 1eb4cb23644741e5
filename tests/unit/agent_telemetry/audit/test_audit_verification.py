"""Verification of the audit trail: whatever was done to it shows, at its place."""

import gzip
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_telemetry.audit.chain import Link, parse, seal
from agent_telemetry.audit.search import verify
from tests.unit.agent_telemetry.written_trail import copied, lines, put, write


def test_whole_trail(folder) -> None:
    """An untouched trail is whole; its end can be noted and asked for later."""
    found = verify(folder)
    assert (found.broken, found.records, found.first, found.last.sequence) == (None, 12, 1, 12)
    assert verify(folder, anchor=found.last).broken is None


@given(data=st.data())
@settings(max_examples=300)
def test_any_altered_byte_is_found(untouched: Path, data: st.DataObject) -> None:
    """Whichever byte of whichever file is changed to whatever, the trail is not whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = sorted(untouched.glob("audit*.jsonl"))
        copied(untouched, folder)
        target = folder / data.draw(st.sampled_from(files)).name
        content = bytearray(target.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255).filter(lambda new: new != content[place]))
        target.write_bytes(content)
        assert verify(folder).broken is not None


@given(data=st.data())
@settings(max_examples=60)
def test_any_cut_is_found(untouched: Path, data: st.DataObject) -> None:
    """Wherever the end is cut off, beyond the last line break, the trail is not whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(untouched, folder)
        content = (folder / "audit.jsonl").read_bytes()
        (folder / "audit.jsonl").write_bytes(content[: data.draw(st.integers(0, len(content) - 2))])
        assert verify(folder).broken is not None


def test_altered_record_is_named(single) -> None:
    """A changed word is found at its record."""
    changed = lines(single)
    changed[4] = changed[4].replace(b"number 5", b"number 6")
    put(single, changed)
    broken = verify(single).broken
    assert (broken.kind, broken.sequence, broken.line) == ("altered", 5, 5)


def test_record_with_a_new_hash_is_named(single) -> None:
    """Somebody who makes the changed record's hash right breaks the link to the next."""
    changed = lines(single)
    record = parse(changed[4])
    before = Link(4, record["extra"]["previous_hash"])
    record["message"] = "nothing happened"
    for name in ("sequence", "previous_hash", "hash"):
        del record["extra"][name]
    changed[4] = seal(record, before)[0]
    put(single, changed)
    broken = verify(single).broken
    assert (broken.kind, broken.sequence) == ("altered", 5)


def test_whole_rewritten_trail_is_found_by_an_anchor(single, tmp_path: Path) -> None:
    """Against somebody who writes everything anew, the number and hash noted elsewhere help."""
    noted = verify(single).last
    for path in single.glob("audit*"):
        path.unlink()
    write(single)
    assert verify(single).broken is None
    broken = verify(single, anchor=noted).broken
    assert (broken.kind, broken.sequence) == ("altered", 12)


def test_removed_records_are_named(single) -> None:
    """Missing records are named from first to last."""
    changed = lines(single)
    put(single, changed[:3] + changed[6:])
    broken = verify(single).broken
    assert (broken.kind, broken.sequence, broken.last) == ("removed", 4, 6)


def test_reordered_records_are_named(single) -> None:
    """Two records that changed places are no removal."""
    changed = lines(single)
    changed[3], changed[7] = changed[7], changed[3]
    put(single, changed)
    broken = verify(single).broken
    assert (broken.kind, broken.sequence) == ("reordered", 4)


def test_repeated_record_is_named(single) -> None:
    """A record that stands there twice breaks the order."""
    changed = lines(single)
    put(single, [*changed[:5], changed[2], *changed[5:]])
    assert (verify(single).broken.kind, verify(single).broken.sequence) == ("reordered", 3)


def test_cut_end_is_named(single) -> None:
    """Records missing at the end are known from audit.head, or from an anchor."""
    noted = verify(single).last
    put(single, lines(single)[:-2])
    broken = verify(single).broken
    assert (broken.kind, broken.sequence, broken.last) == ("truncated", 11, 12)
    (single / "audit.head").unlink()
    assert verify(single).broken is None
    assert verify(single, anchor=noted).broken.kind == "truncated"


def test_cut_end_shows_also_after_more_was_written(single) -> None:
    """A writer that goes on after a cut does not hide it."""
    put(single, lines(single)[:-2])
    write(single, count=1)
    broken = verify(single).broken
    assert (broken.kind, broken.sequence, broken.last) == ("removed", 11, 12)


def test_scrambled_last_line_is_no_crash(single) -> None:
    """A whole record made unreadable is found although the next writer takes it for torn."""
    changed = lines(single)
    put(single, [*changed[:-1], b"x" * len(changed[-1])])
    write(single, count=1)
    assert verify(single).broken.sequence == 12


def test_missing_file_is_named(folder) -> None:
    """A full file that is gone is a gap in the numbers, the first one too."""
    first, second = sorted(folder.glob("audit-*.jsonl"))[:2]
    second.unlink()
    assert verify(folder).broken.kind == "removed"
    first.unlink()
    assert (verify(folder).broken.kind, verify(folder).broken.sequence) == ("removed", 1)


def test_damaged_compression_is_told(folder) -> None:
    """A file that cannot be unpacked is the broken place."""
    path = min(folder.glob("audit-*.jsonl"))
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes())[:-20])
    path.unlink()
    assert verify(folder).broken.kind == "unreadable"
