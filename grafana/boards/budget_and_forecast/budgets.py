"""The budgets that the library keeps: what is spent of them, and what will be."""

from grafana.alert_limits import hold, limit, percent
from grafana.board import Row
from grafana.links import cell, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, rising, table
from grafana.promql import SERVICE
from prometheus.conditions.budgets import CALENDAR

ID = PANEL_IDS["budget-and-forecast"]
NO_BUDGET = "no budget is set"
NEARLY = limit("BudgetNearlySpent/budget")
OF_BUDGET = f'{SERVICE}, budget=~"$budget"'
# Every worker and every instance tells of the same ledger.
_BY = "max by (service, budget, window)"
#: Window of a budget → over what its pace is measured, as BudgetForecast does.
_PACES = {"hour": "10m", "day": "1h", "month": "1d"}
_EACH = "{{budget}}, {{window}}"

SPENT = f"{_BY} (agent_budget_spent_usd{{{OF_BUDGET}}})"
ALLOWED = f"{_BY} (agent_budget_limit_usd{{{OF_BUDGET}}})"
#: Share of each budget that is spent in its current window.
USED = f"{SPENT} / ({ALLOWED} > 0)"


def _end(window: str) -> str:
    """Return the share of a budget that will be spent when its window ends, at today's pace."""
    gone, length = CALENDAR[window]
    spent = f'agent_budget_spent_usd{{{OF_BUDGET}, window="{window}"}}'
    pace = f"rate({spent}[{_PACES[window]}])"
    end = f"{_BY} ({spent} + {pace} * ({length} - ({gone})))"
    allowed = f'{_BY} (agent_budget_limit_usd{{{OF_BUDGET}, window="{window}"}})'
    return f"{end} / ({allowed} > 0)"


#: The same for every calendar window.
FORECAST = " or ".join(_end(window) for window in _PACES)


def grew(metric: str, window: str, *by: str) -> str:
    """Return how much a counter of the budgets grew."""
    return f"sum by ({', '.join(by)}) (increase({metric}{{{OF_BUDGET}}}[{window}]))"


def row() -> Row:
    """Return the table of budgets and their course."""
    return Row(
        "Will the budgets do?",
        (
            _table(),
            graph(
                ID["used"],
                Words(
                    "Budgets used",
                    "Share of each budget that is spent in its window, by the key that spent most. "
                    "BudgetNearlySpent warns above the line; at 100 % a budget that blocks "
                    "refuses. Good: below the line.",
                    NO_BUDGET,
                ),
                (Query(USED, _EACH),),
                "percentunit",
                limit=NEARLY,
            ),
            graph(
                ID["forecast"],
                Words(
                    "Forecast of the window's end",
                    "Share of each budget that will be spent at the pace of the last 10 m (hour), "
                    "1 h (day) or 1 d (month). BudgetForecast warns after "
                    f"{hold('BudgetForecast/budget')} above the line. Good: below it. Early in a "
                    "window it swings.",
                    NO_BUDGET,
                ),
                (Query(FORECAST, _EACH),),
                "percentunit",
                limit=1,
            ),
            graph(
                ID["warnings"],
                Words(
                    "Warnings in 1 h",
                    "By budget and the share at which it warned: 50, 80, 95 and 100 %. Good: none "
                    "above 80.",
                    NO_BUDGET,
                ),
                (
                    Query(
                        grew("agent_budget_warnings_total", "1h", "budget", "window", "percent"),
                        "{{budget}}, {{window}}: {{percent}} %",
                    ),
                ),
                "short",
            ),
            graph(
                ID["blocked"],
                Words(
                    "Refused calls in 1 h",
                    "Model calls that a budget refused: somebody got no answer. Good: 0, or the "
                    "tenant that the budget is for.",
                    NO_BUDGET,
                ),
                (Query(grew("agent_budget_blocked_total", "1h", "budget", "window"), _EACH),),
                "short",
            ),
        ),
    )


def _table():  # noqa: ANN202 -- the SDK's builder
    only = to_dashboard("Only this budget", "budget-and-forecast", budget=cell("budget"))
    return table(
        ID["budgets"],
        Words(
            "Budgets",
            "What each allows, what its current window has used, by the key that spent most, and "
            "the share that will be used when the window ends, at the pace of 10 m (hour), 1 h "
            f"(day) or 1 d (month). Good: used below {percent(NEARLY)}, forecast below 100 %.",
            NO_BUDGET,
        ),
        (
            Query(ALLOWED),
            Query(SPENT),
            Query(f"{_BY} ({USED})"),
            Query(f"{_BY} ({FORECAST})"),
            Query(grew("agent_budget_blocked_total", "1h", "service", "budget", "window")),
        ),
        (
            Column("service", "Service"),
            Column("budget", "Budget", links=(only,)),
            Column("window", "Window"),
            Column("Value #A", "Limit", "currencyUSD"),
            Column("Value #B", "Spent", "currencyUSD"),
            Column("Value #C", "Used", "percentunit", rising(NEARLY, doubtful=0.8)),
            Column("Value #D", "Forecast", "percentunit", rising(1, doubtful=NEARLY)),
            Column("Value #E", "Refused in 1 h", "short", rising(1)),
        ),
        largest_first="Value #C",
    )
