"""The arithmetic of ``make bench``, with turns that say by themselves how long they took."""

import gc
from io import StringIO

import pytest
from rich.console import Console

from tests.bench.bench_table import Machine, show, show_machine
from tests.bench.rounds import Contestant, measure, results


@pytest.fixture(autouse=True)
def _no_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the process of a whole test run each collection would take a second."""
    monkeypatch.setattr(gc, "collect", lambda: 0)


def _contestant(name, microseconds, **options):
    return Contestant(
        name=name,
        records="",
        run=lambda count: (count * microseconds / 1e6, count * microseconds * 2 / 1e6),
        **options,
    )


def _results(*contestants):
    return results(list(contestants), measure(list(contestants), calls=10, rounds=5))


def test_ratios_are_of_what_is_added_to_the_bare_work():
    """The app's own time counts for nobody; each ratio is to the floor that it belongs to."""
    whole, small, ours, peer = _results(
        _contestant("app", 100, role="bare"),
        _contestant("floor", 150, role="floor"),
        _contestant("small", 110, role="floor", against="small"),
        _contestant("ours", 200, role="ours"),
        _contestant("peer", 130, against="small"),
    )

    assert (whole.of_floor, small.of_floor) == pytest.approx((1.0, 0.2))
    assert (ours.of_floor, ours.of_equal) == pytest.approx((2.0, 2.0))
    assert (peer.of_floor, peer.of_equal) == pytest.approx((0.6, 3.0))
    assert (ours.cpu_best, ours.wall_median) == pytest.approx((100.0, 200.0))


def test_every_contestant_has_its_turn_in_each_round_and_another_begins():
    """A machine that is busy for a while is so for all of them; nobody is always first."""
    turns = []

    def taking(name):
        def run(count):
            turns.append((name, count))
            return 1.0, 1.0

        return Contestant(name=name, records="", run=run)

    times = measure([taking("a"), taking("b"), taking("c")], calls=1, rounds=3, warm_up=0)

    assert [name for name, _ in turns] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert {count for _, count in turns} == {1}
    assert {name: len(each.cpu) for name, each in times.items()} == {"a": 3, "b": 3, "c": 3}


def test_nothing_is_compared_without_a_floor():
    """A contest whose floor was forgotten ends at once, not with numbers that mean nothing."""
    with pytest.raises(ValueError, match="no floor"):
        _results(_contestant("ours", 5, role="ours"))


def test_the_table_shows_the_ratios_and_a_busy_machine_is_said():
    """People read the ratio of each, and a warning where the times are not to be trusted."""
    out = StringIO()
    console = Console(file=out, width=140)
    found = _results(_contestant("floor", 10, role="floor"), _contestant("ours", 13, role="ours"))

    show_machine(console, Machine(cores=2, load=1.9, python="3.11.7", date="today"))
    show(console, "One call", found)

    assert "1.30" in next(line for line in out.getvalue().splitlines() if "ours" in line)
    assert "not quiet" in out.getvalue()
    assert Machine(cores=2, load=0.2, python="3.11.7", date="today").is_quiet
