"""The recorded series of the objectives, each with the labels `service` and `slo`.

Every window but the shortest is a sum over the recorded rates, weighted by traffic: a quiet hour
in which one call failed weighs as little as it has calls. Averages of ratios would not do that.
"""

from collections.abc import Iterable

from prometheus.durations import TimeScale, seconds
from prometheus.objectives.burn_pair import PAIRS, PERIOD
from prometheus.objectives.events import events
from prometheus.objectives.objective import Objective
from prometheus.recorded.record import RATE_WINDOW, Record

#: How often the series are recorded: 10 080 samples are a week.
EVALUATION = "1m"

EVENTS = "service_slo:slo_events:rate5m"
BAD = "service_slo:slo_bad_events:rate5m"
SPENT = "service:agent_api_cost_usd:rate5m"
OBJECTIVE = "slo:objective:ratio"
BOUND = "slo:bound:seconds"
BUDGET = "slo:budget:usd7d"
GOOD_RATIO = "service_slo:slo_good_events_per_events:ratio_rate7d"
REMAINING = "service_slo:error_budget_remaining:ratio7d"
#: Every window of a burn rate, the shortest first.
WINDOWS = tuple(
    sorted(
        {w for pairs in PAIRS.values() for p in pairs for w in (p.long, p.short)} | {PERIOD},
        key=seconds,
    )
)


def burn(window: str) -> str:
    """Return the series of how many times as fast as it may a budget is used over a window."""
    return f"service_slo:error_budget_burn:ratio_rate{window}"


def bad_events(window: str) -> str:
    """Return the series of how many bad events there were in a window."""
    return f"service_slo:slo_bad_events:increase{window}"


def groups(objectives: Iterable[Objective], scale: TimeScale) -> dict[str, list[Record]]:
    """Return the recording rules of the objectives, by group."""
    every = tuple(objectives)
    return {"slo_events": _events(every, scale), "slo_burn": _burns(every, scale)}


def _named(expr: str, slo: str) -> str:
    return f'label_replace(\n{expr}\n, "slo", "{slo}", "", "")'


def _events(objectives: tuple[Objective, ...], scale: TimeScale) -> list[Record]:
    window = scale.window(RATE_WINDOW)
    out = []
    for each in objectives:
        slo = {"slo": each.name}
        if each.budget:
            spent = f"sum by (service) (rate(agent_api_cost_usd_total[{window}]))"
            out += [Record(BUDGET, f"vector({each.budget:g})", slo), Record(SPENT, spent)]
            continue
        counted = events(each, window)
        out += [
            Record(OBJECTIVE, f"vector({each.objective:g})", slo),
            Record(EVENTS, counted.every, slo),
            Record(BAD, counted.bad, slo),
        ]
        if each.bound:
            out.append(Record(BOUND, f"vector({each.bound:g})", slo))
    return out


def _burns(objectives: tuple[Objective, ...], scale: TimeScale) -> list[Record]:
    step = seconds(scale.evaluation(EVALUATION))
    budget = next((each.budget for each in objectives if each.budget), 0.0)
    out = []
    for window in WINDOWS:
        shares = f"{_over(BAD, window, scale)}\n/\n({_over(EVENTS, window, scale)} > 0)"
        expr = f"({shares})\n/ on (slo) group_left ()\n(1 - {OBJECTIVE})"
        if budget:
            # What may be spent in this window, as rates a second added up once a `step`.
            allowed = budget * seconds(window) / seconds(PERIOD) / step
            if window == RATE_WINDOW:
                allowed = budget / seconds(PERIOD)
            expr += f"\nor\n{_named(f'{_over(SPENT, window, scale)} / {allowed:.10g}', 'spend')}"
        out.append(Record(burn(window), expr))
    long = sorted({p.long for pairs in PAIRS.values() for p in pairs}, key=seconds)
    out += [Record(bad_events(w), f"{_over(BAD, w, scale)} * {step}") for w in long]
    good = f"1 - {_over(BAD, PERIOD, scale)} / ({_over(EVENTS, PERIOD, scale)} > 0)"
    out += [Record(GOOD_RATIO, good), Record(REMAINING, f"1 - {burn(PERIOD)}")]
    return out


def _over(series: str, window: str, scale: TimeScale) -> str:
    """Return a recorded rate over a window: itself over its own, else the sum of its samples."""
    return series if window == RATE_WINDOW else f"sum_over_time({series}[{scale.window(window)}])"
