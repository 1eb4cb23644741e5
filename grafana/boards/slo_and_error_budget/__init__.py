"""SLO and error budget: is what we promised over seven days kept, and for how long still."""

from grafana import variables
from grafana.alert_limits import percent
from grafana.board import Board, Row
from grafana.boards.slo_and_error_budget import budgets, burn_rates
from grafana.boards.slo_and_error_budget.objectives import (
    LEFT,
    LITTLE,
    OBJECTIVES,
    OF_OBJECTIVE,
    STATE,
    STATES,
    WINDOWS,
    burn,
    burning,
)
from grafana.links import Link, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, number, rising, states, table

ID = PANEL_IDS["slo-and-error-budget"]
_NO_EVENTS = "no events in seven days"
#: Objective → what it is called, what a good event is, and where its causes are found.
_EACH: dict[str, tuple[str, str, Link]] = {
    "availability": (
        "Availability",
        "requests that do not end in `error`",
        to_dashboard("Which requests fail", "agent-performance-monitor"),
    ),
    "latency": (
        "Latency",
        f"requests answered within {OBJECTIVES['latency'].bound:g} s",
        to_dashboard("Which requests are slow", "performance"),
    ),
    "first_token": (
        "First token",
        f"streamed answers that begin within {OBJECTIVES['first_token'].bound:g} s",
        to_dashboard("Which model is slow", "models-and-providers"),
    ),
    "tools": (
        "Tools",
        "tool calls that do not fail",
        to_dashboard("Which tool fails", "agents-and-tools"),
    ),
}


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="SLO and error budget",
        question="Do we keep what we promised over seven days, and for how long still?",
        rows=(_verdict(), _now(), burn_rates.row(), budgets.row()),
        variables=(
            variables.data_source("prometheus"),
            variables.service("service_slo:error_budget_remaining:ratio7d"),
            variables.label_choice(
                "slo",
                "Objective",
                'service_slo:error_budget_remaining:ratio7d{service=~"$service"}',
                "slo",
                "What is promised: availability, latency, first_token, tools, spend.",
            ),
        ),
        span="24h",
        refresh="1m",
    )


def _left(name: str) -> str:
    return f'min(service_slo:error_budget_remaining:ratio7d{{service=~"$service", slo="{name}"}})'


def _verdict() -> Row:
    each = [
        number(
            ID[f"{name}_left"],
            Words(
                f"{title}: budget left",
                f"Promised: {percent(OBJECTIVES[name].objective)} of {good}, over seven days. "
                "Shown: the share of the failures this allows that is not used up. Good: above "
                f"{percent(LITTLE)}; below 0 the promise is broken.",
                _NO_EVENTS,
            ),
            Query(_left(name)),
            "percentunit",
            steps=((None, "red"), (0, "yellow"), (LITTLE, "green")),
            links=(link,),
        )
        for name, (title, good, link) in _EACH.items()
    ]
    return Row(
        "Do we keep our promises?",
        (
            number(
                ID["kept"],
                Words(
                    "Promises broken",
                    "Objectives whose budget of seven days is used up. Good: 0.",
                    _NO_EVENTS,
                ),
                Query(f"count({LEFT} < 0) or count({LEFT}) * 0"),
                "none",
                steps=rising(1),
            ),
            number(
                ID["burning"],
                Words(
                    "Burning too fast",
                    f"Objectives whose budget of seven days is used too fast {WINDOWS}. Good: 0.",
                    _NO_EVENTS,
                ),
                Query(f"count({burning()}) or count({LEFT}) * 0"),
                "none",
                steps=rising(1),
            ),
            *each[:2],
            *(one.span(8) for one in each[2:]),
            number(
                ID["spend_left"],
                Words(
                    "Spend: budget left",
                    f"Of the {OBJECTIVES['spend'].budget:g} USD that seven days may cost. Good: "
                    f"above {percent(LITTLE)}; below 0 more was spent than planned.",
                    "no model calls in seven days",
                ),
                Query(_left("spend")),
                "percentunit",
                steps=((None, "red"), (0, "yellow"), (LITTLE, "green")),
                links=(to_dashboard("Where the money goes", "budget-and-forecast"),),
            ).span(8),
        ),
    )


def _now() -> Row:
    by = "by (service, slo)"
    return Row(
        "Which promise, since when?",
        (
            states(
                ID["over_time"],
                Words(
                    "State of each objective",
                    f"KEPT; BURNING: used too fast {WINDOWS}, so that an alert fires; BROKEN: the "
                    "budget of seven days is used up. Good: green throughout.",
                    _NO_EVENTS,
                ),
                (Query(STATE, "{{service}} {{slo}}"),),
                STATES,
            ),
            table(
                ID["objectives"],
                Words(
                    "Objectives",
                    "What is promised, what was kept over seven days (7 d), what is left, and how "
                    "fast the budget is used: at 1 it lasts just seven days. BURNING: too fast "
                    f"{WINDOWS}. Good: left above {percent(LITTLE)}, burn below 1. `spend` is "
                    "money: it has no events.",
                    _NO_EVENTS,
                ),
                (
                    Query(f"max {by} ({STATE})"),
                    Query(
                        f"max {by} ({LEFT} * 0 + on (slo) group_left () "
                        'slo:objective:ratio{slo=~"$slo"})'
                    ),
                    Query(
                        f"max {by} (service_slo:slo_good_events_per_events:ratio_rate7d"
                        f"{{{OF_OBJECTIVE}}})"
                    ),
                    Query(f"max {by} ({LEFT})"),
                    Query(f"max {by} ({burn('1h')})"),
                    Query(f"max {by} ({burn('1d')})"),
                ),
                (
                    Column("service", "Service"),
                    Column("slo", "Objective"),
                    Column("Value #A", "State", "none", rising(2, doubtful=1), texts=STATES),
                    Column("Value #B", "Promised", "percentunit"),
                    Column("Value #C", "Kept", "percentunit"),
                    Column(
                        "Value #D",
                        "Left",
                        "percentunit",
                        ((None, "red"), (0, "yellow"), (LITTLE, "green")),
                    ),
                    Column("Value #E", "Burn 1 h", "none", rising(burn_rates.PAGES, doubtful=1)),
                    Column("Value #F", "Burn 1 d", "none", rising(burn_rates.WARNS, doubtful=1)),
                ),
            ),
        ),
    )
