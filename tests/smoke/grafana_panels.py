"""A running Grafana: its dashboards, the queries of its panels through its API, pictures."""

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.config.dashboard_files import panels_of
from tests.stack.grafana_variables import OWN, defaults, fill, span_seconds

#: Grafana's own variables are left to Grafana, which knows the width and the interval.
_ITS_OWN = {name: f"${name}" for name in (*OWN, "__range", "__range_s")}
_TEXTS = ("expr", "query", "service", "operation", "tags", "minDuration", "maxDuration")
WIDE, HIGH = 1600, 2400
#: By Grafana's own selectors for end-to-end tests.
_PANEL = "[data-testid^='data-testid Panel header']"
_FAILED = "[data-testid='data-testid Panel status error']"


@dataclass(frozen=True)
class PanelAnswer:
    """What one panel's queries got.

    Attributes:
        panel: its title.
        errors: the data sources' words, by query.
        values: how many values there are in all frames.
    """

    panel: str
    errors: Mapping[str, str]
    values: int


class Grafana:
    """Grafana's API.

    Args:
        client: of its address, logged in.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def uids(self) -> set[str]:
        """Return the dashboards that it has."""
        found = self._get("/api/search", type="dash-db", limit=1000)
        return {one["uid"] for one in found}

    def dashboard(self, uid: str) -> dict[str, Any]:
        """Return a dashboard as Grafana has it.

        Raises:
            AssertionError: if there is none, or it was not read from the provisioned file.
        """
        found = self._get(f"/api/dashboards/uid/{uid}")
        assert found["meta"]["provisioned"], f"{uid} is not provisioned"
        return dict(found["dashboard"])

    def home(self) -> str:
        """Return the title of the dashboard that it opens with."""
        return str(self._get("/api/dashboards/home")["dashboard"]["title"])

    def answers(self, dashboard: Mapping[str, Any]) -> Iterator[PanelAnswer]:
        """Ask every panel's queries, over the time that the dashboard shows at first."""
        chosen = {**_ITS_OWN, **defaults(dashboard)}
        span = span_seconds(dashboard)
        until = int(time.time() * 1000)
        window = {"from": str(until - span * 1000), "to": str(until)}
        for panel in panels_of(dict(dashboard)):
            asked = [
                {
                    **{k: _filled(k, v, chosen, span) for k, v in target.items()},
                    "datasource": {
                        "type": target["datasource"]["type"],
                        "uid": fill(target["datasource"]["uid"], chosen, range_seconds=span),
                    },
                    "intervalMs": 15_000,
                    "maxDataPoints": 1000,
                }
                for target in panel.get("targets", [])
            ]
            if asked:
                yield self._answer(panel["title"], {**window, "queries": asked})

    def _answer(self, title: str, body: Mapping[str, Any]) -> PanelAnswer:
        answer = self._client.post("/api/ds/query", json=body)
        try:
            results = answer.json()["results"]
        except (ValueError, KeyError, TypeError):
            told = f"{answer.status_code} {answer.text[:300]}"
            return PanelAnswer(title, {"all": told}, 0)
        errors = {ref: one["error"] for ref, one in results.items() if one.get("error")}
        unanswered = {one["refId"] for one in body["queries"]} - results.keys()
        errors |= dict.fromkeys(unanswered, "no result")
        frames = [frame for one in results.values() for frame in one.get("frames") or []]
        values = sum(len(column) for frame in frames for column in frame["data"]["values"])
        return PanelAnswer(title, errors, values)

    def _get(self, path: str, **params: Any) -> Any:
        answer = self._client.get(path, params=params)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()


def _filled(key: str, value: Any, chosen: Mapping[str, str], span: int) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return fill(value, chosen, range_seconds=span)
    return value


def basic(user: str, password: str) -> str:
    """Return the header ``Authorization`` of a login: also a browser can send it."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def take_picture(browser: Any, client: httpx.Client, uid: str, file: Path) -> list[str]:
    """Write a picture of a dashboard, without menus.

    Args:
        browser: of Playwright.
        client: knows the address and, as a header, the login.
        uid: of the dashboard.
        file: a PNG.

    Returns:
        What the page complained of: errors of its own, and panels that say that they have one.
    """
    page = browser.new_page(
        viewport={"width": WIDE, "height": HIGH},
        extra_http_headers={"authorization": client.headers["authorization"]},
    )
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        page.goto(f"{client.base_url}".rstrip("/") + f"/d/{uid}?kiosk", timeout=60_000)
        page.locator(_PANEL).first.wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle", timeout=60_000)
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(file), full_page=True)
        failed = page.locator(_FAILED).count()
    finally:
        page.close()
    return [*wrong, *(["a panel shows an error"] * failed)]
