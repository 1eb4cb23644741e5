"""The plan replayed against the arithmetic of an agent: a cache, prices, refusals; no server."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from agent_telemetry.prices.pricing import PriceTable, Usage, usd
from example_app.settings import AppSettings
from example_app.traffic.prompts import Prompts
from example_app.traffic.settings import TrafficSettings
from example_app.traffic.traffic_record import Outcome, TrafficRecord
from example_app.traffic.visit_plan import FEEDBACK, Turn, Visit, plan_visits

PROMPTS = Prompts.load()
RATE = TrafficSettings.model_fields["rate"].default
DEFAULTS = {name: field.default for name, field in AppSettings.model_fields.items()}
PRICE = PriceTable.load().find(DEFAULTS["llm_model"])
HOUR = 3600.0
#: Room for the questions of the accuracy benchmark.
BENCHMARK_USD_AN_HOUR = 0.05

#: Tokens (input, output) that a run takes at the very most, by template and kind of turn.
#: test_worst_case.py holds real runs against it. None is taken for cached by the provider.
MOST_TOKENS = {
    ("support", "usual"): (1500, 200),
    ("support", "fresh"): (2200, 250),
    ("support", "slow"): (2200, 300),
    ("support", "masked"): (2200, 300),
    ("support", "foreign"): (2200, 300),
    ("support", "follow_up"): (3000, 350),
    ("research", "usual"): (7000, 250),
    ("research", "fresh"): (7500, 250),
    ("research", "slow"): (18000, 800),
    ("research", "masked"): (7500, 250),
    ("research", "foreign"): (7500, 250),
    ("research", "follow_up"): (9000, 500),
}


@dataclass
class CacheWindow:
    """Cache look-ups of the last five minutes, as an alert sees them.

    Attributes:
        lowest_for: the longest time in seconds that the hit rate stayed below 60 %.
        rates: time in seconds and hit rate at each evaluation.
    """

    lookups: "deque[tuple[float, bool]]" = field(default_factory=deque)
    hits: int = 0
    below_since: float | None = None
    lowest_for: float = 0.0
    rates: list[tuple[float, float]] = field(default_factory=list)

    def add(self, now: float, *, hit: bool) -> None:
        """Take one look-up."""
        self.lookups.append((now, hit))
        self.hits += hit

    def evaluate(self, now: float) -> None:
        """Evaluate the rule."""
        while self.lookups and self.lookups[0][0] < now - 300:
            self.hits -= self.lookups.popleft()[1]
        rate = self.hits / len(self.lookups) if self.lookups else 1.0
        self.rates.append((now, rate))
        if rate >= 0.60:
            self.below_since = None
        else:
            self.below_since = now if self.below_since is None else self.below_since
            self.lowest_for = max(self.lowest_for, now - self.below_since)


class Replay:
    """Some hours of the plan, from an empty cache on.

    Args:
        seed: of the plan.
        hours: how long.
        lifetime: of an answer in the cache, in seconds.
        prompts: who asks what.

    Attributes:
        hours: the traffic's own record of each hour.
        kinds: requests by kind.
        lookups: look-ups by ("tenant", name), ("template", name) and ("all", "").
        hits: those of them that hit.
        windows: the same, as alerts see them.
    """

    def __init__(
        self,
        seed: int,
        hours: int,
        lifetime: float = DEFAULTS["cache_ttl_seconds"],
        prompts: Prompts = PROMPTS,
    ) -> None:
        self.hours: list[TrafficRecord] = []
        self.kinds: Counter[str] = Counter()
        self.lookups: Counter[tuple[str, str]] = Counter()
        self.hits: Counter[tuple[str, str]] = Counter()
        self.windows: dict[tuple[str, str], CacheWindow] = defaultdict(CacheWindow)
        self._lifetime = lifetime
        self._known: dict[tuple[str, str, str], float] = {}
        next_evaluation = 15.0
        for now, visit, turn, first in _requests(seed, prompts):
            while next_evaluation <= now:
                for window in self.windows.values():
                    window.evaluate(next_evaluation)
                next_evaluation += 15
            if now >= hours * HOUR:
                return
            if now // HOUR >= len(self.hours):
                self.hours.append(TrafficRecord())
            self.kinds[turn.kind] += 1
            hit = first and self._is_cached(now, visit, turn)
            self.hours[-1].add(_outcome(visit, turn, cached=hit))

    def _is_cached(self, now: float, visit: Visit, turn: Turn) -> bool:
        """Look up a first question in the cache, and put it there."""
        if turn.refused:
            return False
        key = (visit.tenant, visit.template, turn.body["message"])
        hit = now - self._known.get(key, -self._lifetime) < self._lifetime
        if not hit:
            self._known[key] = now
        for group in (("tenant", visit.tenant), ("template", visit.template), ("all", "")):
            self.lookups[group] += 1
            self.hits[group] += hit
            self.windows[group].add(now, hit=hit)
        return hit


def _requests(seed: int, prompts: Prompts) -> Iterator[tuple[float, Visit, Turn, bool]]:
    """When each request is sent, by chance around the rate; whether it opens its session."""
    pauses, now = Random(seed), 0.0
    for visit in plan_visits(seed, prompts):
        for number, turn in enumerate(visit.turns):
            now += pauses.expovariate(RATE / 60)
            yield now, visit, turn, number == 0


def _outcome(visit: Visit, turn: Turn, *, cached: bool) -> Outcome:
    if turn.refused:
        return Outcome(422, 0)
    if turn.kind == FEEDBACK:
        return Outcome(200, 0)
    if cached:
        return Outcome(200, 0, {"cached": True, "cost_usd": 0})
    most = Usage(*MOST_TOKENS[visit.template, turn.kind])
    return Outcome(200, 0, {"cached": False, "cost_usd": usd(PRICE.cost(most))})
