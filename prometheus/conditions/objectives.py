"""Conditions about objectives of service: budgets used too fast, objectives without data."""

from collections.abc import Callable

from prometheus.conditions.condition import Builder, Condition, condition
from prometheus.durations import TimeScale, seconds
from prometheus.objectives import EVALUATION, PAIRS
from prometheus.objectives import recorded_groups as recorded
from prometheus.thresholds import Alert

#: Alert → the objective whose budget it watches.
SLO_OF = {
    "AvailabilityBelowSLA": "availability",
    "LatencyBudgetBurn": "latency",
    "FirstTokenBudgetBurn": "first_token",
    "ToolBudgetBurn": "tools",
    "SpendBudgetBurn": "spend",
}


def _burning(slo: str, scope: str) -> Callable[[Alert, TimeScale], Condition]:
    def build(alert: Alert, _scale: TimeScale) -> Condition:
        chosen = f'{{slo="{slo}"}}'
        pairs = []
        for pair in PAIRS[scope]:
            # `and` keeps the objective that is chosen on its left.
            sides = [
                f"{recorded.burn(pair.long)}{chosen} > {pair.factor:g}",
                f"{recorded.burn(pair.short)} > {pair.factor:g}",
            ]
            if "fewest" in alert.settings:
                # With little traffic a single failure is a large share.
                bad = recorded.bad_events(pair.long)
                sides.append(f"{bad} >= {alert.settings['fewest']}")
            pairs.append("(\n" + "\nand\n".join(sides) + "\n)")
        failures = slo in {"availability", "tools"}
        return Condition("\nor\n".join(pairs), failures=failures)

    return build


for _name, _slo in SLO_OF.items():
    for _scope in PAIRS:
        _settings = () if _slo == "spend" else ("fewest",)
        _builder: Builder = _burning(_slo, _scope)
        condition(_name, _scope, *_settings)(_builder)


@condition("ObjectiveWithoutData", "slo", "job", "fewest", "window")
def _objective_without_data(alert: Alert, scale: TimeScale) -> Condition:
    job, window = alert.settings["job"], scale.window(alert.settings["window"])
    step = seconds(scale.evaluation(EVALUATION))
    expected = (
        f"0 * {recorded.OBJECTIVE} * on () group_left (service)\n"
        f'(max by (service) (up{{job="{job}", service="{job}"}}) == 1)'
    )
    # Known as a series but without an event, while requests were answered all the time.
    counted = f"sum_over_time({recorded.EVENTS}[{window}])"
    busy = f'sum_over_time({recorded.EVENTS}{{slo="availability"}}[{window}]) * {step}'
    return Condition(
        f"(\n{expected}\nunless on (service, slo)\n{recorded.BAD}\n)\n"
        f"or\n({counted} == 0 and on (service) ({busy} > {alert.settings['fewest']}))",
        failures=False,
    )
