"""Runs beside Elasticsearch: hands Kibana its objects once it answers, and deletes old indices.

A fault is told and tried again: neither a Kibana that is not there nor an Elasticsearch that is
away for a while ends it.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from elasticsearch import ApiError, TransportError

from elk.connection import connect, log_to_output
from elk.kibana_import import ImportRefusedError, import_objects
from elk.retention import delete_old

RETENTION_SECONDS = 3600
IMPORT_SECONDS = 30
_BEAT_SECONDS = 15
_OLDEST_BEAT = 120
DEFAULT_DAYS = 31
_log = logging.getLogger("elk-keeper")


class BadDaysError(ValueError):
    """ELK_RETENTION_DAYS is no number of days; the text says what is accepted."""


def retention_days(env: Mapping[str, str]) -> int:
    """Return for how many days records are kept.

    Raises:
        BadDaysError: what is set is not a whole number from 1 on.
    """
    given = env.get("ELK_RETENTION_DAYS") or str(DEFAULT_DAYS)
    if not given.isdecimal() or int(given) < 1:
        raise BadDaysError(f"ELK_RETENTION_DAYS={given}: accepted is a whole number from 1 on")
    return int(given)


class Task:
    """Something that is done again and again.

    Args:
        do: returns what was done, for people, or an empty text.
        seconds: from one success to the next.
        again: from a failure to the next try.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        do: Callable[[], str],
        seconds: float,
        again: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._do, self._seconds, self._again, self._clock = do, seconds, again, clock
        self._next = clock()
        self._told = ""

    def run_when_due(self) -> None:
        """Do it if it is time to; a fault that repeats itself is told once."""
        if self._clock() < self._next:
            return
        try:
            said, seconds = self._do(), self._seconds
        except (httpx.HTTPError, ApiError, TransportError, ImportRefusedError) as error:
            said, seconds = f"not done yet: {type(error).__name__} {error}", self._again
            if said == self._told:
                said = ""
            else:
                self._told = said
        else:
            self._told = ""
        if said:
            _log.info(said)
        self._next = self._clock() + seconds


def _import(env: Mapping[str, str]) -> str:
    return f"Kibana has its {import_objects(env)} objects: data view, saved searches, dashboard"


def _retain(env: Mapping[str, str], days: int) -> str:
    with connect(env) as client:
        gone = delete_old(client, days)
    return f"deleted, older than {days} days: {', '.join(gone)}" if gone else ""


def main(arguments: list[str]) -> int:
    """Run for ever, or with ``--check`` say by the exit code whether another one does."""
    heartbeat = Path(os.environ.get("HEARTBEAT") or "/tmp/heartbeat")  # noqa: S108
    if arguments == ["--check"]:
        beats = heartbeat.is_file() and time.time() - heartbeat.stat().st_mtime < _OLDEST_BEAT
        return 0 if beats else 1
    log_to_output()
    try:
        days = retention_days(os.environ)
    except BadDaysError as error:
        _log.error(str(error))
        return 2
    tasks = [
        Task(lambda: _retain(os.environ, days), RETENTION_SECONDS, IMPORT_SECONDS),
        Task(lambda: _import(os.environ), float("inf"), IMPORT_SECONDS),
    ]
    while True:
        for task in tasks:
            task.run_when_due()
        heartbeat.touch()
        time.sleep(_BEAT_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
