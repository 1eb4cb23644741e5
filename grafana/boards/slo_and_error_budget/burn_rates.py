"""How fast the budgets are used, over the pairs of windows that the alerts ask."""

from grafana.board import Row
from grafana.boards.slo_and_error_budget.objectives import burn, pair
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["slo-and-error-budget"]
#: Factors of the shortest pair that pages, and of the shortest that warns.
PAGES = pair("1h").factor
WARNS = pair("1d").factor


def row() -> Row:
    """Return a graph for each pair, the one that pages first."""
    return Row(
        "How fast is the budget used?",
        (
            _pair("1h", "1 h and 5 m", "Pages"),
            _pair("6h", "6 h and 30 m", "Pages"),
            _pair("1d", "1 d and 2 h", "Warns"),
            _pair("3d", "3 d and 6 h", "Warns"),
        ),
    )


def _pair(long: str, windows: str, does: str):  # noqa: ANN202 -- the SDK's builder
    one = pair(long)
    return graph(
        ID[f"burn_{long}"],
        Words(
            f"Burn rate over {windows}",
            f"{does} while both windows of an objective are above {one.factor:g}: then "
            f"{one.share * 100:g} % of the budget of seven days is gone within the long one. "
            "Good: below 1, at which the budget lasts just seven days.",
            "no events in these windows",
        ),
        (
            Query(burn(one.long), "{{service}} {{slo}}, " + one.long),
            Query(burn(one.short), "{{service}} {{slo}}, " + one.short),
        ),
        "none",
        limit=one.factor,
    )
