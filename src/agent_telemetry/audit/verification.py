"""Whether an audit trail is whole: the first place where its chain is broken."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent_telemetry.audit.chain import (
    GAP,
    ORIGIN,
    PREVIOUS,
    REMOVED,
    SEQUENCE,
    TORN,
    BrokenLineError,
    Link,
    link,
    parse,
    read,
)
from agent_telemetry.audit.files import Line, locked, trail
from agent_telemetry.audit.position import read_head


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken place.

    Attributes:
        kind: ``altered``, ``removed``, ``reordered``, ``truncated`` or ``unreadable``.
        sequence: number of the first record concerned.
        last: number of the last record concerned, the same when it is one.
        file: the file in which it shows; empty when that is the end of the trail.
        line: the line in that file, from 1; 0 at the end.
        why: one sentence for people.
    """

    kind: str
    sequence: int
    last: int
    file: str
    line: int
    why: str


@dataclass(slots=True)
class Verification:
    """What a look through the whole trail found.

    Attributes:
        records: whole records seen before the break, or all.
        first: number of the first record, 0 in an empty trail.
        last: where the chain stands; write its number and hash down elsewhere to be safe from
            somebody who rewrites the whole trail.
        broken: the first broken place, None when the trail is whole.
        lost: records that the trail itself says could not be written.
        torn: lines that a crash left incomplete and that the trail itself tells of.
        removed_through: records up to this number were removed by the settings.
    """

    records: int = 0
    first: int = 0
    last: Link = field(default_factory=Link)
    broken: Break | None = None
    lost: int = 0
    torn: int = 0
    removed_through: int = 0


def verify(folder: Path, anchor: Link | None = None) -> Verification:
    """Look through a trail from its oldest record on; memory does not grow with its length.

    Args:
        folder: the folder of the log files.
        anchor: number and hash of a record, noted elsewhere; the trail must hold that record.
    """
    with locked(folder):
        head = read_head(folder)
    check = _Check([head, *([anchor] if anchor is not None else [])])
    rest = trail(folder)
    try:
        for line in rest:
            broken = check.take(line)
            if broken is not None:
                if broken.kind == "removed" and _comes_later(broken.sequence, rest):
                    broken = replace(broken, kind="reordered")
                check.found.broken = broken
                return check.found
    except OSError as error:
        sequence = check.found.last.sequence + 1
        check.found.broken = Break("unreadable", sequence, sequence, "", 0, str(error))
        return check.found
    check.found.broken = check.end()
    return check.found


class _Check:
    """Follows the chain."""

    def __init__(self, anchors: list[Link]) -> None:
        self.found = Verification()
        self._anchors = {anchor.sequence: anchor.hash for anchor in anchors if anchor.sequence}
        self._junk: list[Line] = []
        self._junk_hash = hashlib.sha256()
        self._junk_bytes = 0

    def take(self, line: Line) -> Break | None:
        """Take the next line; return the break if this is one."""
        try:
            record = read(line.text)
        except BrokenLineError as error:
            if _is_record(line.text):
                return self._break("altered", line, str(error))
            self._hold(line)
            return None
        if self._junk:
            broken = self._settle_junk(record)
            if broken is not None:
                return broken
        return self._follow(record, line)

    def end(self) -> Break | None:
        """Return the break that shows at the end."""
        last = self.found.last.sequence
        if self._junk:
            return self._break("altered", self._junk[0], "the line is no whole record")
        missing = [sequence for sequence in self._anchors if sequence > last]
        if missing:
            why = f"the trail went on to record {max(missing)}"
            return Break("truncated", last + 1, max(missing), "", 0, why)
        first = self.found.first
        if first > 1 and self.found.removed_through < first - 1:
            begin = self.found.removed_through + 1
            return Break("removed", begin, first - 1, "", 0, "the beginning is missing")
        return None

    def _follow(self, record: dict[str, Any], line: Line) -> Break | None:
        found, extra = self.found, record["extra"]
        expected = found.last.sequence + 1
        if not found.first:
            found.first = extra[SEQUENCE]
            if found.first == 1 and extra[PREVIOUS] != ORIGIN:
                return self._break("altered", line, "the first record follows on another")
        elif extra[SEQUENCE] > expected:
            why = f"record {extra[SEQUENCE]} comes after record {found.last.sequence}"
            return Break("removed", expected, extra[SEQUENCE] - 1, line.file, line.number, why)
        elif extra[SEQUENCE] < expected:
            why = f"record {extra[SEQUENCE]} comes after record {found.last.sequence}"
            return Break("reordered", extra[SEQUENCE], extra[SEQUENCE], line.file, line.number, why)
        elif extra[PREVIOUS] != found.last.hash:
            why = f"record {found.last.sequence} was replaced"
            sequence = found.last.sequence
            return Break("altered", sequence, sequence, line.file, line.number, why)
        found.last = link(record)
        if self._anchors.get(found.last.sequence, found.last.hash) != found.last.hash:
            return Break(
                "altered", found.last.sequence, found.last.sequence, line.file, line.number,
                "the record does not have the hash that was noted",
            )  # fmt: skip
        found.records += 1
        self._note(record)
        return None

    def _note(self, record: dict[str, Any]) -> None:
        extra = record["extra"]
        if record.get("event") == GAP:
            self.found.lost += _whole_number(extra.get("lost_records"))
        elif record.get("event") == REMOVED:
            through = _whole_number(extra.get("removed_through"))
            self.found.removed_through = max(self.found.removed_through, through)

    def _hold(self, line: Line) -> None:
        """Keep in mind what may be a torn line, until a record tells of it."""
        if not self._junk:
            self._junk.append(line)
        self._junk_hash.update(line.text)
        self._junk_bytes += len(line.text)

    def _settle_junk(self, record: dict[str, Any]) -> Break | None:
        extra = record["extra"]
        first = self._junk[0]
        told = record.get("event") == TORN and (
            extra.get("torn_bytes"), extra.get("torn_hash")
        ) == (self._junk_bytes, self._junk_hash.hexdigest())  # fmt: skip
        if not told or extra[SEQUENCE] != self.found.last.sequence + 1:
            return self._break("altered", first, "the line is no whole record")
        self.found.torn += 1
        self._junk.clear()
        self._junk_hash, self._junk_bytes = hashlib.sha256(), 0
        return None

    def _break(self, kind: str, line: Line, why: str) -> Break:
        sequence = self.found.last.sequence + 1
        return Break(kind, sequence, sequence, line.file, line.number, why)


def _is_record(line: bytes) -> bool:
    try:
        parse(line)
    except BrokenLineError:
        return False
    return True


def _comes_later(sequence: int, rest: Iterator[Line]) -> bool:
    """Return whether a missing record stands further on: then nothing was removed."""
    for line in rest:
        try:
            if link(parse(line.text)).sequence == sequence:
                return True
        except BrokenLineError:
            continue
    return False


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0
