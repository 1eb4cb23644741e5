"""The chain of the audit trail: each record has a number and the hash of the one before.

A record's hash is the SHA-256 of its canonical JSON: keys sorted, no blanks, UTF-8, ``extra.hash``
left out. Whoever changes, removes or moves a record breaks the chain at that place.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from agent_telemetry.logs.record import encode

#: ``previous_hash`` of the first record of all.
ORIGIN = "0" * 64
#: Fields under ``extra`` that are the chain's own.
SEQUENCE, PREVIOUS, HASH = "sequence", "previous_hash", "hash"
#: Records that the trail writes about itself.
GAP, TORN, REMOVED = "audit_gap", "audit_torn", "audit_files_removed"
#: A longer line is no record of ours, and is never held in memory.
MOST_BYTES = 1024 * 1024
_MOST_EXTRA = 200_000


class BrokenLineError(ValueError):
    """A line that is no whole, unaltered record."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands.

    Attributes:
        sequence: number of the last record, 0 before the first.
        hash: its hash.
    """

    sequence: int = 0
    hash: str = ORIGIN


def seal(fields: dict[str, Any], before: Link) -> tuple[bytes, Link]:
    """Make a record the next one of the chain.

    Args:
        fields: a record by the contract of the log; its ``extra`` takes the chain's fields.
        before: the record before.

    Returns:
        The line with its end of line, and where the chain stands now.
    """
    # Read back from its own JSON, so that it hashes to what a reader will find.
    plain: dict[str, Any] = orjson.loads(encode(fields))
    extra = plain.pop("extra", {})
    taken = {name: extra.pop(name) for name in (SEQUENCE, PREVIOUS, HASH) if name in extra}
    if taken:
        extra["given"] = taken
    if len(orjson.dumps(extra)) > _MOST_EXTRA:
        extra = {"cut": orjson.dumps(extra)[: _MOST_EXTRA // 2].decode("utf-8", "replace")}
    extra[SEQUENCE] = before.sequence + 1
    extra[PREVIOUS] = before.hash
    plain["extra"] = extra
    found = _hash(plain)
    extra[HASH] = found
    return orjson.dumps(plain) + b"\n", Link(before.sequence + 1, found)


def read(line: bytes) -> dict[str, Any]:
    """Return the record of a line, with or without its end of line.

    Raises:
        BrokenLineError: it is no record, or not byte for byte as it was written.
    """
    text = line[:-1] if line.endswith(b"\n") else line
    record = parse(text)
    extra = record["extra"]
    if orjson.dumps(record) != text:
        raise BrokenLineError("the line is not as it was written")
    without = {**record, "extra": {name: extra[name] for name in extra if name != HASH}}
    if _hash(without) != extra[HASH]:
        raise BrokenLineError("the record does not have its hash")
    return record


def parse(line: bytes) -> dict[str, Any]:
    """Return the record of a line without asking whether it is unaltered.

    Raises:
        BrokenLineError: it is no record of a chain.
    """
    try:
        record = orjson.loads(line)
        extra = record["extra"]
        whole = type(extra[SEQUENCE]) is int and type(extra[HASH]) is type(extra[PREVIOUS]) is str
    except (ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise BrokenLineError("the line is no record")
    return dict(record)


def link(record: dict[str, Any]) -> Link:
    """Return where the chain stands after a record."""
    return Link(record["extra"][SEQUENCE], record["extra"][HASH])


def _hash(record: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
