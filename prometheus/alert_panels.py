"""Which panel of which dashboard shows an alert's number: alert_panels.yml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from grafana.panel_ids import PANEL_IDS
from prometheus import strict_yaml
from prometheus.bad_rule import BadRuleError

FILE = Path(__file__).parent / "alert_panels.yml"


@cache
def panels(path: Path = FILE) -> Mapping[str, tuple[str, int]]:
    """Return the uid of the dashboard and the id of the panel, by name/scope of the alert.

    Raises:
        BadRuleError: if there is no such panel, or an alert has two.
    """
    found: dict[str, tuple[str, int]] = {}
    for uid, of_dashboard in strict_yaml.read(path).items():
        for panel, keys in of_dashboard.items():
            for key in keys:
                if panel not in PANEL_IDS.get(uid, {}):
                    raise BadRuleError(f"{key}: there is no panel {panel} on a dashboard {uid}")
                if key in found:
                    raise BadRuleError(f"{key}: has two panels")
                found[key] = (uid, PANEL_IDS[uid][panel])
    return found
