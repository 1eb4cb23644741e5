"""What is left of the budgets, and of which events they are made."""

from grafana.board import Row
from grafana.boards.slo_and_error_budget.objectives import LEFT, OBJECTIVES, OF_OBJECTIVE
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import SERVICE

ID = PANEL_IDS["slo-and-error-budget"]
_NO_EVENTS = "no events in seven days"
_EACH = "{{service}} {{slo}}"


def row() -> Row:
    """Return the course of the budgets, closed until somebody asks."""
    spent = (
        f'service_slo:error_budget_burn:ratio_rate7d{{{SERVICE}, slo="spend"}} '
        "* on (slo) group_left () slo:budget:usd7d"
    )
    return Row(
        "What is left, and of how many events?",
        (
            graph(
                ID["budget_left"],
                Words(
                    "Budget left",
                    "Share of the budget of seven days (7 d) that is not used up. It comes back as "
                    "bad events grow older than that. Good: above the line; below 0 the promise is "
                    "broken.",
                    _NO_EVENTS,
                ),
                (Query(LEFT, _EACH),),
                "percentunit",
                floor=0,
            ).min(None),  # a budget may be overdrawn
            graph(
                ID["bad_share"],
                Words(
                    "Bad events of seven days",
                    "Share of the events of seven days (7 d) that were bad, and how large it may "
                    "be. Good: each below what is allowed.",
                    _NO_EVENTS,
                ),
                (
                    Query(
                        "1 - service_slo:slo_good_events_per_events:ratio_rate7d"
                        f"{{{OF_OBJECTIVE}}}",
                        _EACH,
                    ),
                    Query('1 - slo:objective:ratio{slo=~"$slo"}', "allowed {{slo}}"),
                ),
                "percentunit",
            ),
            graph(
                ID["spend"],
                Words(
                    "Spent in seven days",
                    "USD of any seven days (7 d). Good: below the line, which is the budget.",
                    "no model calls in seven days",
                ),
                (Query(spent, "{{service}}"),),
                "currencyUSD",
                limit=OBJECTIVES["spend"].budget,
                links=(to_dashboard("Where the money goes", "budget-and-forecast"),),
            ),
            graph(
                ID["bad_events"],
                Words(
                    "Bad events",
                    "A second over 5 m: they use the budget. Good: near 0.",
                    "no events",
                ),
                (Query(f"service_slo:slo_bad_events:rate5m{{{OF_OBJECTIVE}}}", _EACH),),
                "suffix:/s",
            ),
            graph(
                ID["events"],
                Words(
                    "Events",
                    "A second over 5 m. Good: every objective has some while there are requests; "
                    "one without data is watched by nobody, and ObjectiveWithoutData warns.",
                    "no events",
                ),
                (Query(f"service_slo:slo_events:rate5m{{{OF_OBJECTIVE}}}", _EACH),),
                "suffix:/s",
            ).span(24),
        ),
        collapsed=True,
    )
