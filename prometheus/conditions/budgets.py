"""Conditions about the budgets that the library keeps."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert

# Every worker and every instance tells of the same ledger.
_BY = "max by (service, budget, window)"
#: Calendar windows in UTC: PromQL of the seconds gone, and of the seconds there are.
CALENDAR = {
    "hour": ("time() % 3600", "3600"),
    "day": ("time() % 86400", "86400"),
    "month": (
        "(scalar(day_of_month()) - 1) * 86400 + time() % 86400",
        "scalar(days_in_month()) * 86400",
    ),
}


@condition("BudgetNearlySpent", "budget", "limit")
def _budget_nearly_spent(alert: Alert, _scale: TimeScale) -> Condition:
    return Condition(
        f'{_BY} (agent_budget_spent_usd{{window!="run"}})\n'
        f"/\n({_BY} (agent_budget_limit_usd) > 0) > {alert.settings['limit']}",
        failures=False,
    )


@condition(
    "BudgetForecast", "budget", "earliest",
    "hour_pace_window", "day_pace_window", "month_pace_window",
)  # fmt: skip
def _budget_forecast(alert: Alert, scale: TimeScale) -> Condition:
    early = alert.settings["earliest"]
    forecasts = []
    for window, (gone, length) in CALENDAR.items():
        spent = f'agent_budget_spent_usd{{window="{window}"}}'
        # It only grows and starts anew with its window, as a counter does: rate() fits.
        over = scale.window(alert.settings[f"{window}_pace_window"])
        pace = f"rate(agent_budget_spent_usd[{over}])"
        end = f"{_BY} ({spent} + {pace} * ({length} - ({gone})))"
        limit = f"({_BY} (agent_budget_limit_usd) > 0)"
        forecasts.append(
            f"(\n{end} / {limit} > 1\nand on ()\nvector(({gone}) / ({length})) > {early}\n)"
        )
    return Condition("\nor\n".join(forecasts), failures=False)
