"""Rules about the order and the places of panels."""

from collections.abc import Iterator

from grafana.panel_ids import FIRST_ROW, PANEL_IDS
from tests.config.dashboard_files import panels_of
from tests.config.dashboard_lint.rule import Dashboard, rule


@rule
def panel_ids(dashboard: Dashboard) -> Iterator[str]:
    """Ids are unique, and those of panels are the ones that others point at."""
    ids = [panel["id"] for panel in panels_of(dashboard, rows=True)]
    shown = {panel["id"] for panel in panels_of(dashboard)}
    known = set(PANEL_IDS.get(dashboard["uid"], {}).values())
    if len(set(ids)) < len(ids):
        yield "two panels have one id"
    if shown != known:
        yield f"panels {shown ^ known} are not both drawn and in panel_ids"
    if any(one["id"] < FIRST_ROW for one in dashboard["panels"] if one["type"] == "row"):
        yield "a row has an id of a panel"


@rule
def verdict_first(dashboard: Dashboard) -> Iterator[str]:
    """It begins with a row of single numbers that is open; closed rows are at the end."""
    rows = [one for one in dashboard["panels"] if one["type"] == "row"]
    if not rows or dashboard["panels"][0] != rows[0] or rows[0]["collapsed"]:
        yield "does not begin with an open row"
        return
    closed = [row["collapsed"] for row in rows]
    if closed != sorted(closed):
        yield "an open row stands below a closed one"
    first = dashboard["panels"][1:]
    until = next((i for i, one in enumerate(first) if one["type"] == "row"), len(first))
    if not first[:until] or any(one["type"] not in {"stat", "gauge"} for one in first[:until]):
        yield "its first row is not the verdict: single numbers"


@rule
def rows_hold_panels(dashboard: Dashboard) -> Iterator[str]:
    """A closed row has its panels inside, an open one below: Grafana drops what is elsewhere."""
    for row in (one for one in dashboard["panels"] if one["type"] == "row"):
        if row["collapsed"] is not bool(row["panels"]):
            yield f"{row['title']}: its panels are not where Grafana looks for them"


@rule
def places(dashboard: Dashboard) -> Iterator[str]:
    """Nothing overlaps, and nothing is outside of the 24 columns."""
    groups = [list(dashboard["panels"])]
    groups += [row["panels"] for row in dashboard["panels"] if row.get("panels")]
    for group in groups:
        taken: set[tuple[int, int]] = set()
        for panel in group:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            if at["x"] + at["w"] > 24 or not cells or cells & taken:
                yield f"{panel['title']}: has no place of its own"
            taken |= cells


@rule
def titles_fit(dashboard: Dashboard) -> Iterator[str]:
    """A title is not cut off, and the number of a verdict can be read from afar.

    On a screen 1600 pixels wide a column has room for five letters and a bit.
    """
    for panel in panels_of(dashboard):
        if len(panel["title"]) > 5 * panel["gridPos"]["w"]:
            yield f"{panel['title']}: is cut off"


@rule
def lines_end_together(dashboard: Dashboard) -> Iterator[str]:
    """Panels beside each other are of one height, and leave no gap at the right."""
    groups = [[one for one in dashboard["panels"] if one["type"] != "row"]]
    groups += [row["panels"] for row in dashboard["panels"] if row.get("panels")]
    for group in groups:
        lines: dict[int, list[dict[str, int]]] = {}
        for panel in group:
            lines.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"])
        for line in lines.values():
            if len({at["h"] for at in line}) > 1 or (
                len(line) > 1 and sum(at["w"] for at in line) < 24
            ):
                yield f"the line at {line[0]['y']}: has gaps"
