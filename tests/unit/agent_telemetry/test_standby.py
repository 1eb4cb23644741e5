"""Standby: nothing is missed before the first contact, everything after it."""

import pytest

from agent_telemetry.standby import RING_BYTES, RING_RECORDS, Standby

FULL = (10_000, 32 * 1024 * 1024)


class Sizes:
    """Keeps what was asked of the queue."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def __call__(self, items: int, most_bytes: int) -> None:
        self.asked.append((items, most_bytes))


def test_shrinks_once_nobody_answers_and_grows_at_contact() -> None:
    """An absent server gets a ring, said once; the first answer brings the full size back."""
    sizes = Sizes()
    standby = Standby(sizes, FULL)
    standby.absence()
    standby.absence()
    assert (standby.reached, sizes.asked) == (False, [(RING_RECORDS, RING_BYTES)])
    standby.contact()
    standby.contact()
    assert (standby.reached, sizes.asked[1:]) == (True, [FULL])
    standby.absence()
    assert sizes.asked[2:] == []


def test_a_small_queue_stays_small() -> None:
    """The ring is never larger than what was asked for."""
    sizes = Sizes()
    Standby(sizes, (10, 500)).absence()
    assert sizes.asked == [(10, 500)]


@pytest.mark.parametrize("delivered", [True, False])
def test_flush_of_a_known_server_waits(delivered: bool) -> None:  # noqa: FBT001
    """Once it is to be missed, the queue alone decides, with all the time there is."""
    given: list[float] = []

    def flush(seconds: float) -> bool:
        given.append(seconds)
        return delivered

    standby = Standby(Sizes(), FULL, reached=True)
    assert standby.flush(flush, lambda: True, 3.0) is delivered
    (seconds,) = given
    assert 2.0 < seconds <= 3.0


def test_flush_does_not_wait_for_nobody() -> None:
    """While nobody was ever there, one look is enough and counts as delivered."""
    tries: list[float] = []

    def flush(seconds: float) -> bool:
        tries.append(seconds)
        return False

    standby = Standby(Sizes(), FULL)
    assert standby.flush(flush, lambda: len(tries) > 1, 60.0)
    assert len(tries) == 2
