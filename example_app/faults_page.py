"""The page of the faults: what can be broken, what then happens, and buttons that do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse

from example_app.incidents import Incident, load_incidents
from example_app.page_policy import page_policy
from example_app.page_templates import page_templates
from example_app.settings import AppSettings

#: Knows nothing of Markdown but `code`; everything else is escaped.
_MARKDOWN = MarkdownIt("zero").enable("backticks")
_HEADERS = {
    "cache-control": "no-store",
    "vary": "accept",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True)
class Links:
    """Where to look: the servers of the stack, or the agent itself where they do not run.

    Attributes:
        grafana: Grafana's address; empty where it does not run.
        jaeger: Jaeger's address; empty where it does not run.
        alerts: where alerts are seen.
        runbooks: the folder of their pages.
    """

    grafana: str = ""
    jaeger: str = ""
    alerts: str = "/console/alerts"
    runbooks: str = "/runbooks"

    @classmethod
    def of(cls, settings: AppSettings) -> "Links":
        """Return the addresses that people open."""
        if not settings.stack_links:
            return cls()
        host = settings.public_host
        inbox = f"http://{host}:{settings.inbox_port}"
        return cls(
            grafana=f"http://{host}:{settings.grafana_port}",
            jaeger=f"http://{host}:{settings.jaeger_port}",
            alerts=inbox,
            runbooks=f"{inbox}/runbooks",
        )

    def runbook(self, incident: Incident) -> str:
        """Return the page that says what to do about the alert."""
        return f"{self.runbooks}/{incident.alert}"

    def panel(self, incident: Incident) -> str:
        """Return the panel that shows the fault, over the last half hour."""
        page = f"{self.grafana}/d/{quote(incident.dashboard)}"
        return f"{page}?from=now-30m&to=now&viewPanel=panel-{incident.panel_id}"


class FaultsPage:
    """Renders the page.

    Args:
        settings: say where the rest of the stack is.
    """

    def __init__(self, settings: AppSettings) -> None:
        templates = page_templates()
        templates.filters["code"] = _code
        self._template = templates.get_template("faults.html")
        self._links = Links.of(settings)
        self._drives = not settings.auth_required
        self._incidents = {
            name: incident if settings.stack_links else incident.in_lite()
            for name, incident in load_incidents().items()
        }

    def render(self, faults: Sequence[Mapping[str, Any]]) -> HTMLResponse:
        """Return the page.

        Args:
            faults: what ``GET /faults`` lists.
        """
        known = [(fault, self._incidents.get(str(fault.get("name")))) for fault in faults]
        text = self._template.render(rows=known, links=self._links, drives=self._drives)
        policy = page_policy(text)
        return HTMLResponse(text, headers={**_HEADERS, "content-security-policy": policy})


def wants_page(accept: str) -> bool:
    """Return whether a caller would rather have HTML than JSON, by its ``Accept`` header."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    anything = 0.0
    for part in accept.lower().split(","):
        kind, *settings = (word.strip() for word in part.split(";"))
        weight = _weight(settings)
        if kind in weights:
            weights[kind] = weight
        elif kind in {"*/*", "application/*"}:
            anything = max(anything, weight)
    return weights["text/html"] > max(weights["application/json"], anything)


def _weight(settings: Sequence[str]) -> float:
    for setting in settings:
        name, _, value = setting.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _code(text: str) -> Markup:
    """Return a text with what stands between backticks set as code."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704 -- the renderer escapes
