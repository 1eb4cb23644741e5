"""Whether the panel that an alert names shows its trouble: a number of it beyond its line."""

import re
from dataclasses import replace

from prometheus.alert_panels import panels
from prometheus.durations import TimeScale
from tests.config.dashboard_files import dashboards, panels_of
from tests.stack.panel_queries import PanelQuery, Sources, queries

_WINDOW = re.compile(r"\[((?:\d+[smhdw])+)\]")
#: Panels without a line, as there any number is one too many, and the lowest that is.
_WITHOUT_LINE = {"CollectorExportFailing/collector": 1.0, "AuditGap/audit": 1.0}
#: Panels that show trouble by a zero: of one server that is not up, or of every kind of request.
_ZERO = {"TargetDown/target": min, "NoTraffic/request": max}
_BAD = {"red", "yellow"}


def shows(sources: Sources, alert: str, *, scale: float = 1.0, **chosen: str) -> bool:
    """Return whether a number of the panel that an alert names is beyond the panel's line now.

    Args:
        sources: the servers.
        alert: name/scope.
        scale: of the time, where the rules have shorter windows: the panel's are shortened alike.
        **chosen: variables of the dashboard.
    """
    uid, panel_id = panels()[alert]
    asked = [one for one in queries(dashboards()[uid], **chosen) if one.panel_id == panel_id]
    numbers = [
        series.values[-1]
        for query in asked
        for series in sources.ask(_now(query, TimeScale(scale)))
    ]
    if alert in _ZERO:
        return bool(numbers) and _ZERO[alert](numbers) <= 0
    below, line = _line(alert, uid, panel_id)
    return any(number < line if below else number >= line for number in numbers)


def _now(query: PanelQuery, scale: TimeScale) -> PanelQuery:
    """Return the query for this moment, its windows as long as those of the rules."""
    text = _WINDOW.sub(lambda found: f"[{scale.window(found[1])}]", query.text)
    return replace(query, text=text, instant=True)


def _line(alert: str, uid: str, panel_id: int) -> tuple[bool, float]:
    """Return whether what is below is bad, and where the bad begins: the first step of colour."""
    if alert in _WITHOUT_LINE:
        return False, _WITHOUT_LINE[alert]
    (panel,) = [one for one in panels_of(dashboards()[uid]) if one["id"] == panel_id]
    first, *steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    if first["color"] in _BAD:
        return True, float(steps[0]["value"])
    return False, min(float(one["value"]) for one in steps if one["color"] in _BAD)
