"""The page of the faults: what can be broken, what then happens, and buttons that do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse

from example_app.incidents import Incident, load_incidents
from example_app.page_policy import page_policy
from example_app.settings import AppSettings

#: Knows nothing of Markdown but `code`; everything else is escaped.
_MARKDOWN = MarkdownIt("zero").enable("backticks")
_PAGES = Path(__file__).parent / "pages"
_HEADERS = {
    "cache-control": "no-store",
    "vary": "accept",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True)
class Links:
    """Where the servers of the stack are; empty where they do not run."""

    grafana: str = ""
    jaeger: str = ""
    inbox: str = ""

    @classmethod
    def of(cls, settings: AppSettings) -> "Links":
        """Return the addresses that people open."""
        if not settings.stack_links:
            return cls()
        host = settings.public_host
        return cls(
            grafana=f"http://{host}:{settings.grafana_port}",
            jaeger=f"http://{host}:{settings.jaeger_port}",
            inbox=f"http://{host}:{settings.inbox_port}",
        )

    def runbook(self, incident: Incident) -> str:
        """Return the page that says what to do about the alert."""
        return f"{self.inbox}/runbooks/{incident.alert}" if self.inbox and incident.alert else ""

    def dashboard(self, incident: Incident) -> str:
        """Return the dashboard that shows the fault."""
        return f"{self.grafana}/d/{quote(incident.dashboard)}" if self.grafana else ""


class FaultsPage:
    """Renders the page.

    Args:
        settings: say where the rest of the stack is.
    """

    def __init__(self, settings: AppSettings) -> None:
        templates = Environment(
            loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined
        )
        templates.filters["code"] = _code
        self._template = templates.get_template("faults.html")
        self._links = Links.of(settings)
        self._incidents = load_incidents()

    def render(self, faults: Sequence[Mapping[str, Any]]) -> HTMLResponse:
        """Return the page.

        Args:
            faults: what ``GET /faults`` lists.
        """
        known = [(fault, self._incidents.get(str(fault.get("name")))) for fault in faults]
        text = self._template.render(rows=known, links=self._links)
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
