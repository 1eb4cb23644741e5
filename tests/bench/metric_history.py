"""Three days of an agent's metrics at the cap of tenants, as text for promtool.

Only the families that have tenants: what they cost grows with the tenants, the rest does not. Every
counter rises by a step of its own each minute, so that what a query must find is known.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from agent_telemetry.catalogue import FAMILIES

STEP_SECONDS = 60
#: The library's cap of tenants, and what stands for all beyond it.
TENANTS = (*(f"tenant-{number:03}" for number in range(100)), "other")
_SCRAPED = 'instance="example-app:8000",job="example-agent",service="example-agent"'
_OTHERS = {
    "agent_id": ("support-1",),
    "cache_type": ("response",),
    "endpoint": ("/chat",),
    "error_type": ("ProviderError",),
    "method": ("POST",),
    "model": ("gpt-4o", "gpt-4o-mini"),
    "result": ("hit", "miss"),
    "status": ("success", "error"),
}


@dataclass(frozen=True, slots=True)
class Series:
    """One series that rises by the same amount each minute.

    Attributes:
        name: with its labels, as in the text.
        rise: what it grows by in a minute; 0 for one that stays at 1.
    """

    name: str
    rise: float


def families(tenants: tuple[str, ...] = TENANTS) -> dict[str, list[Series]]:
    """Return the series by their family's name, and ``up``, which a recording rule reads."""
    found = {"up": [Series(f"up{{{_SCRAPED}}}", 0)]}
    for family in FAMILIES.values():
        if "tenant_id" in family.labels:
            values = [tenants if n == "tenant_id" else _OTHERS[n] for n in family.labels]
            children = [
                ",".join(f'{n}="{v}"' for n, v in zip(family.labels, each, strict=True))
                for each in itertools.product(*values)
            ]
            found[family.name] = [
                one
                for number, labels in enumerate(children)
                for one in _of_child(family.name, f"{_SCRAPED},{labels}", family.buckets, number)
            ]
    return found


def _of_child(name: str, labels: str, buckets: tuple[float, ...], number: int) -> Iterator[Series]:
    rise = 1.0 + number % 7
    if not buckets:
        yield Series(f"{name}{{{labels}}}", rise)
        return
    for place, bound in enumerate((*map(float, buckets), float("inf")), start=1):
        le = "+Inf" if bound == float("inf") else repr(bound)
        yield Series(f'{name}_bucket{{{labels},le="{le}"}}', rise * place)
    yield Series(f"{name}_sum{{{labels}}}", rise * buckets[0] * 3)
    yield Series(f"{name}_count{{{labels}}}", rise * (len(buckets) + 1))


def text(found: dict[str, list[Series]], start: int, end: int) -> Iterator[str]:
    """Yield OpenMetrics text of the minutes from `start` until before `end`, in seconds."""
    times = range(start, end, STEP_SECONDS)
    for name, series in found.items():
        family = FAMILIES.get(name)
        kind = family.type if family else "gauge"
        yield f"# TYPE {name.removesuffix('_total')} {kind}\n"
        for one in series:
            if one.rise:
                yield "".join(
                    f"{one.name} {one.rise * (at // STEP_SECONDS % 10_000_000)} {at}\n"
                    for at in times
                )
            else:
                yield "".join(f"{one.name} 1 {at}\n" for at in times)
    yield "# EOF\n"
