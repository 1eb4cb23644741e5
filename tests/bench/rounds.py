"""Interleaved rounds: every contestant in each, so that a busy machine is busy for all of them."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


class CannotRunError(Exception):
    """What a contest needs is not on this machine; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One way to record one event.

    Attributes:
        name: what it is called in the table.
        records: what it records, in a few words.
        run: does the work so many times and returns the seconds of CPU and of the clock.
        role: ``bare`` (the work without telemetry), ``floor`` (by hand), ``ours`` or ``peer``.
        against: name of the floor that records as much; empty for the whole floor.
    """

    name: str
    records: str
    run: Callable[[int], tuple[float, float]]
    role: str = "peer"
    against: str = ""


@dataclass(frozen=True)
class Times:
    """Microseconds of one event, one number a round.

    Attributes:
        cpu: CPU time of the process, its background threads included.
        wall: time of the clock.
    """

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one contestant added to the bare work.

    Attributes:
        name: the contestant's.
        records: the contestant's.
        role: the contestant's.
        cpu_best: least microseconds of CPU time in any round.
        cpu_median: median of the rounds.
        wall_median: the same by the clock.
        of_floor: median over the rounds of its time to that of the whole floor: CPU time, or that
            of the clock where a contest says so.
        of_equal: the same to the floor that records as much.
        spread: how far the middle half of the rounds lies apart, as a share of the median.
    """

    name: str
    records: str
    role: str
    cpu_best: float
    cpu_median: float
    wall_median: float
    of_floor: float
    of_equal: float
    spread: float


def timed(once: Callable[[], object]) -> Callable[[int], tuple[float, float]]:
    """Return a ``run`` that calls a function so many times."""

    def run(count: int) -> tuple[float, float]:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(count):
            once()
        return time.process_time() - cpu, time.perf_counter() - wall

    return run


def measure(
    contestants: list[Contestant], *, calls: int, rounds: int, warm_up: int = 3
) -> dict[str, Times]:
    """Run all contestants in each round, another one first each time.

    The garbage collector stays on, as it does where the code runs, but each turn starts clean.

    Args:
        contestants: who takes part.
        calls: events in one turn.
        rounds: how many turns each has.
        warm_up: turns before, which are not counted.
    """
    found = {each.name: Times() for each in contestants}
    for number in range(-warm_up, rounds):
        first = number % len(contestants)
        for each in contestants[first:] + contestants[:first]:
            gc.collect()
            cpu, wall = each.run(calls)
            if number >= 0:
                found[each.name].cpu.append(cpu / calls * 1e6)
                found[each.name].wall.append(wall / calls * 1e6)
    return found


def results(
    contestants: list[Contestant], times: dict[str, Times], *, by: str = "cpu"
) -> list[Result]:
    """Return what each contestant adds to the bare work, in their order.

    The whole floor is the one of the role ``floor`` that is against nothing else.

    Args:
        contestants: who took part.
        times: what they took.
        by: the ratios are of ``cpu`` or of ``wall``.

    Raises:
        ValueError: there is no whole floor.
    """
    bare = next((each.name for each in contestants if each.role == "bare"), None)
    whole = next((e.name for e in contestants if e.role == "floor" and not e.against), None)
    if whole is None:
        raise ValueError("no floor to compare with")

    def added(name: str, kind: str) -> list[float]:
        mine: list[float] = getattr(times[name], kind)
        nothing = getattr(times[bare], kind) if bare is not None else [0.0] * len(mine)
        return [one - other for one, other in zip(mine, nothing, strict=True)]

    def ratio(name: str, to: str) -> float:
        pairs = zip(added(name, by), added(to, by), strict=True)
        return median([mine / floor for mine, floor in pairs if floor > 0] or [float("nan")])

    found = []
    for each in contestants:
        if each.role == "bare":
            continue
        cpu = sorted(added(each.name, "cpu"))
        middle = median(cpu)
        apart = cpu[(3 * len(cpu)) // 4] - cpu[len(cpu) // 4]
        found.append(
            Result(
                name=each.name,
                records=each.records,
                role=each.role,
                cpu_best=cpu[0],
                cpu_median=middle,
                wall_median=median(added(each.name, "wall")),
                of_floor=ratio(each.name, whole),
                of_equal=ratio(each.name, each.against or whole),
                spread=apart / middle if middle > 0 else float("nan"),
            )
        )
    return found
