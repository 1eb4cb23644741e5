"""Ids of panels that something outside their dashboard points at: one file a dashboard.

Alerts, incidents and links point at panels by id, so an id is never given to another panel: what
is gone leaves its number unused. The keys are what alert_panels.yml and incidents.toml say.
"""

import tomllib
from pathlib import Path

#: First id that is a row's: panels stay below.
FIRST_ROW = 101


def _read(path: Path) -> dict[str, int]:
    ids: dict[str, int] = tomllib.loads(path.read_text("utf-8"))
    if len(set(ids.values())) < len(ids) or not all(0 < one < FIRST_ROW for one in ids.values()):
        raise ValueError(f"{path.name}: ids are numbers from 1 to {FIRST_ROW - 1}, each once")
    return ids


#: Uid of a dashboard → key of a panel → its id.
PANEL_IDS: dict[str, dict[str, int]] = {
    path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.toml"))
}
