"""Budget and forecast: will the money do, until when, and who spends it?"""

from grafana import variables
from grafana.alert_limits import limit
from grafana.board import Board, Row
from grafana.boards.budget_and_forecast import budgets, spend
from grafana.boards.budget_and_forecast.budgets import NEARLY, NO_BUDGET
from grafana.boards.budget_and_forecast.spend import NO_CALLS
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, number, rising

ID = PANEL_IDS["budget-and-forecast"]
_HOUR = limit("HighAPICost/cost")
_DAY = limit("DailyCostExceeded/cost")
_CAUSES = to_dashboard("Where the money goes", "cost")


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Budget and forecast",
        question="Will the money do, until when, and who spends it?",
        rows=(_verdict(), budgets.row(), *spend.rows()),
        variables=(
            variables.data_source("prometheus"),
            variables.service("agent_api_cost_usd_total"),
            variables.label_choice(
                "budget",
                "Budget",
                'agent_budget_limit_usd{service=~"$service"}',
                "budget",
                "Narrows the panels about budgets.",
            ),
            variables.tenant(),
            variables.model(),
        ),
        span="24h",
        refresh="1m",
    )


def _verdict() -> Row:
    warned = budgets.grew("agent_budget_warnings_total", "24h", "service")
    blocked = budgets.grew("agent_budget_blocked_total", "1h", "service")
    return Row(
        "Will the money do?",
        (
            number(
                ID["used_now"],
                Words(
                    "Fullest budget",
                    "Share that is spent of the budget that is fullest in its window. Good: below "
                    "80 %; BudgetNearlySpent warns at the red.",
                    NO_BUDGET,
                ),
                Query(f"max({budgets.USED})"),
                "percentunit",
                steps=rising(NEARLY, doubtful=0.8),
            ),
            number(
                ID["forecast_now"],
                Words(
                    "Worst forecast",
                    "Share of a budget that will be spent when its window ends, of the one that "
                    "will be worst, at the pace of 10 m (hour), 1 h (day) or 1 d (month). Good: "
                    "below 100 %.",
                    NO_BUDGET,
                ),
                Query(f"max({budgets.FORECAST})"),
                "percentunit",
                steps=rising(1, doubtful=NEARLY),
            ),
            number(
                ID["blocked_now"],
                Words(
                    "Refused calls",
                    "Model calls of the last hour (1 h) that a budget refused. Good: 0.",
                    NO_BUDGET,
                ),
                Query(f"sum({blocked})"),
                "short",
                steps=rising(1),
            ),
            number(
                ID["warnings_now"],
                Words(
                    "Warnings",
                    "At 50, 80, 95 or 100 % of any budget, in 24 h. Good: few.",
                    NO_BUDGET,
                ),
                Query(f"sum({warned})"),
                "short",
                steps=rising(10, doubtful=1),
            ),
            number(
                ID["cost_hour"],
                Words(
                    "Cost of the last hour",
                    f"USD of 1 h. Good: what is usual; above {_HOUR:g} HighAPICost pages.",
                    NO_CALLS,
                ),
                Query(f"max({spend.HOUR})"),
                "currencyUSD",
                steps=rising(_HOUR, doubtful=_HOUR / 2),
                links=(_CAUSES,),
            ),
            number(
                ID["cost_today"],
                Words(
                    "Cost today",
                    "USD since midnight UTC. Good: below "
                    f"{_DAY:g}, above which 24 hours are too dear.",
                    NO_CALLS,
                ),
                Query(f"sum({spend.TODAY})"),
                "currencyUSD",
                steps=rising(_DAY, doubtful=_DAY / 2),
                links=(_CAUSES,),
            ),
            number(
                ID["cost_tonight"],
                Words(
                    "Forecast of today",
                    "USD at midnight UTC at the pace of the last hour (1 h). Good: below "
                    f"{_DAY:g}.",
                    NO_CALLS,
                ),
                Query(f"sum({spend.TONIGHT})"),
                "currencyUSD",
                steps=rising(_DAY, doubtful=_DAY / 2),
            ),
            number(
                ID["cost_month"],
                Words(
                    "A month at this pace",
                    "USD of this month if each of its days cost what the last 24 h did. Good: what "
                    "you planned.",
                    NO_CALLS,
                ),
                Query(f"sum({spend.MONTH})"),
                "currencyUSD",
            ),
        ),
    )
