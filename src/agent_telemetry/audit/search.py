"""Search of the audit trail, and ``python -m agent_telemetry.audit.search`` to search and verify.

The records come in the order of the trail; a trail of any length is read line by line.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from agent_telemetry.audit.chain import BrokenLineError, Link, parse
from agent_telemetry.audit.files import trail
from agent_telemetry.audit.verification import Break, Verification, verify

__all__ = ["Break", "Verification", "main", "search", "verify"]

_CHAIN = ("sequence", "previous_hash", "hash")
_SHOWN = ("request_id", "trace_id", "tenant_id", "user_id", "session_id", "agent_id")


def search(
    folder: Path,
    *,
    request_id: str | None = None,
    user_id: str | None = None,
    tenant_id: str | None = None,
    event: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Return the records that have all that is asked for, in the order of the trail.

    Args:
        folder: the folder of the log files.
        request_id: the request it happened in.
        user_id: who did it.
        tenant_id: for whom.
        event: what happened.
        since: earliest time, aware.
        until: time before which it happened, aware.

    Raises:
        ValueError: a time has no time zone.
        OSError: a file cannot be read.
    """
    asked = {
        name: value
        for name, value in {
            "request_id": request_id,
            "user_id": user_id,
            "tenant_id": tenant_id,
            "event": event,
        }.items()
        if value is not None
    }
    return _found(folder, asked, _stamp(since), _stamp(until))


def _found(
    folder: Path, asked: dict[str, str], since: str | None, until: str | None
) -> Iterator[dict[str, Any]]:
    pieces = [orjson.dumps(value) for value in asked.values()]
    for line in trail(folder):
        if not all(piece in line.text for piece in pieces):
            continue  # cheaper than reading it
        try:
            record = parse(line.text)
        except BrokenLineError:
            continue  # `verify` tells of it
        moment = str(record.get("timestamp", ""))
        if since is not None and moment < since:
            continue
        if until is not None and moment >= until:
            continue
        if all(record.get(name) == value for name, value in asked.items()):
            yield record


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when the chain is broken, 2 for a wrong call."""
    parser = _parser()
    given = parser.parse_args(arguments)
    folder = given.folder or os.environ.get("AGENT_TELEMETRY_LOG_DIR")
    if not folder or not Path(folder).is_dir():
        parser.error("name the folder of the log files, or set AGENT_TELEMETRY_LOG_DIR")
    if given.verify:
        return _verify(Path(folder), given.anchor, as_json=given.json)
    try:
        found = search(
            Path(folder),
            request_id=given.request,
            user_id=given.user,
            tenant_id=given.tenant,
            event=given.event,
            since=given.since,
            until=given.until,
        )
        count = 0
        for record in found:
            count += 1
            _say(orjson.dumps(record).decode() if given.json else told(record))
    except OSError as error:
        parser.error(str(error))
    except ValueError as error:
        parser.error(str(error))
    if not given.json:
        _say(f"{count} record{'' if count == 1 else 's'}")
    return 0


def told(record: dict[str, Any]) -> str:
    """Return a record as one line for people; nothing in it can steer a terminal."""
    extra = dict(record.get("extra", {}))
    head = f"#{extra.get('sequence')}  {record.get('timestamp')}  {record.get('event')}"
    ids = [f"{name}={record[name]}" for name in _SHOWN if record.get(name)]
    rest = {name: value for name, value in extra.items() if name not in _CHAIN}
    parts = [head, record.get("message") or "", " ".join(ids)]
    if rest:
        parts.append(orjson.dumps(rest).decode())
    text = "  ".join(str(part) for part in parts if part)
    return "".join([letter if letter.isprintable() else repr(letter)[1:-1] for letter in text])


def _verify(folder: Path, anchor: Link | None, *, as_json: bool) -> int:
    found = verify(folder, anchor)
    if as_json:
        _say(orjson.dumps(asdict(found)).decode())
    else:
        for line in _report(found):
            _say(line)
    return 1 if found.broken is not None else 0


def _report(found: Verification) -> Iterator[str]:
    broken = found.broken
    if broken is None:
        yield f"whole: {found.records} records, up to {found.last.sequence}:{found.last.hash}"
    else:
        which = str(broken.sequence)
        if broken.last != broken.sequence:
            which += f" to {broken.last}"
        where = f" ({broken.file}, line {broken.line})" if broken.line else ""
        yield f"broken: record {which} {broken.kind}{where}: {broken.why}"
        yield f"{found.records} records before it are whole"
    if found.lost:
        yield f"{found.lost} records could not be written, as the trail itself tells"
    if found.torn:
        yield f"{found.torn} lines were torn by a crash, as the trail itself tells"
    if found.removed_through:
        yield f"records up to {found.removed_through} were removed by the settings"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m agent_telemetry.audit.search",
        description="Search the audit trail, or verify that it is whole.",
    )
    parser.add_argument("folder", nargs="?", help="log folder (AGENT_TELEMETRY_LOG_DIR)")
    parser.add_argument("--request", help="request id")
    parser.add_argument("--user", help="user id")
    parser.add_argument("--tenant", help="tenant id")
    parser.add_argument("--event", help="event, such as sensitive_word")
    parser.add_argument("--since", type=_moment, help="earliest time: 2026-03-01T10:00:00Z")
    parser.add_argument("--until", type=_moment, help="time before which it happened")
    parser.add_argument("--verify", action="store_true", help="look for the first broken place")
    parser.add_argument("--anchor", type=_anchor, help="NUMBER:HASH noted earlier, for --verify")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _anchor(text: str) -> Link:
    sequence, _, found = text.partition(":")
    return Link(int(sequence), found)


def _stamp(moment: datetime | None) -> str | None:
    """Return a time as records spell it, so that texts compare like times."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
