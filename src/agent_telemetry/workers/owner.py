"""Whose a folder of workers is: the file that says so, and whether anybody of theirs lives.

Every worker holds a shared lock on that file as long as it lives. Whoever gets it alone knows that
nobody is left, also across containers.
"""

import fcntl
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import orjson

from agent_telemetry.workers.process_mark import line_of_service, mark_of, namespace

OWNER = "agent_telemetry.owner"
_OWNER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose folder it is.

    Attributes:
        service: the service's name.
        first_pid: the process that the instance began with.
        masters: that one and those that it made and that make workers, ``pid/mark``; a master may
            be replaced by the next one while the workers go on (SIGUSR2 of gunicorn).
        namespace: which processes they see.
        key: random; hashes users in what the workers tell each other.
    """

    service: str
    first_pid: int
    masters: tuple[str, ...]
    namespace: str
    key: str

    @classmethod
    def here(cls, service: str) -> Self:
        """Return what this process would write."""
        line = line_of_service()
        masters = tuple([f"{pid}/{mark_of(pid)}" for pid in line[1:] or line])
        return cls(service, line[-1], masters, namespace(), secrets.token_hex(16))

    def is_of(self, other: "Owner") -> bool:
        """Return whether both are of one instance."""
        return self.namespace == other.namespace and not {*self.masters}.isdisjoint(other.masters)

    def joined_by(self, worker: "Owner") -> Self:
        """Return the same with the masters of one more worker, and without dead ones."""
        masters = tuple(each for each in {*self.masters, *worker.masters} if _lives(each))
        return replace(self, first_pid=worker.first_pid, masters=masters)


def owner_of(folder: Path) -> tuple[Owner | None, bool]:
    """Return whose folder it is and whether anybody of theirs lives; changes nothing."""
    try:
        descriptor = os.open(folder / OWNER, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None, False
    try:
        owner = read_owner(descriptor)
        return owner, not lock_alone(descriptor)
    finally:
        os.close(descriptor)


def is_at_work(known: Owner) -> bool:
    """Return whether a master lives, as far as can be seen from here."""
    return known.namespace != namespace() or any(map(_lives, known.masters))


def lock_alone(descriptor: int) -> bool:
    """Lock the file for this process alone; False when somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_owner(descriptor: int) -> Owner | None:
    """Return what the file says; None when it says nothing that can be read."""
    try:
        found = orjson.loads(os.pread(descriptor, _OWNER_BYTES, 0))
        return Owner(**{**found, "masters": tuple(found["masters"])})
    except (ValueError, TypeError, KeyError):
        return None


def write_owner(descriptor: int, owner: Owner) -> None:
    """Write the file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, orjson.dumps(asdict(owner)), 0)


def _lives(master: str) -> bool:
    pid, _, mark = master.partition("/")
    return mark_of(int(pid)) == mark
