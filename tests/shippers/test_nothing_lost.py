"""Numbered records through each shipper while it and Loki are killed: every one exactly once."""

import logging
from collections.abc import Iterator

import pytest

from agent_telemetry import Settings, create_observability_stack
from tests.polling import wait_for

#: In four parts: shipper and Loki run; the shipper is killed; Loki is killed; both are back.
RECORDS = 2000
PART = RECORDS // 4
#: Bytes; so a file is full, and renamed, in the second part, while nobody reads, and in the fourth.
#: Promtail cannot promise this: what it had not read of a renamed file it never reads.
ROTATED_AT = {"Collector": 250_000, "Promtail": 50_000_000}
WITHIN = 120
log = logging.getLogger("shippers.numbered")


@pytest.fixture
def service(shipper) -> Iterator[str]:
    """A service that writes its records where the shipper reads."""
    name = f"numbered-{type(shipper).__name__}".lower()
    settings = Settings(
        service_name=name,
        log_dir=shipper.logs,
        log_file_bytes=ROTATED_AT[type(shipper).__name__],
        log_stdout=False,
        log_stderr=False,
    )
    stack = create_observability_stack(settings=settings)
    try:
        yield name
    finally:
        stack.shutdown()


def test_every_record_exactly_once(shipper, service, loki):
    """With the shipper killed once and Loki killed once, 2000 records are there, each once."""
    selector = f'{{service_name="{service}"}} | event="numbered"'

    def numbers():
        return sorted(int(entry.line.split()[-1]) for entry in loki.entries(selector))

    def at_least(count):
        wait_for(lambda: len(numbers()) >= count, within=WITHIN, what=f"{count} records in Loki")

    shipper.start()
    _log(0)
    at_least(1)  # in the middle of its work, if it is not faster than that
    shipper.kill()
    _log(1)
    shipper.start()
    at_least(PART + 1)
    loki.kill()
    _log(2)
    loki.start()
    _log(3)
    at_least(RECORDS)

    assert numbers() == list(range(RECORDS))
    assert shipper.lost() == 0


def _log(part):
    for number in range(part * PART, (part + 1) * PART):
        log.info("record %d", number, extra={"event": "numbered"})
