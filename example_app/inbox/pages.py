"""The pages people look at: the alerts and the runbooks. Everything shown is escaped."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from example_app.inbox.history import History
from example_app.inbox.overview import age_text, build_overview
from example_app.inbox.runbook import Runbooks
from example_app.inbox.watchdog import Watchdog

_TEMPLATES = Path(__file__).with_name("templates")
_HEADERS = {
    # No script at all, and styles only from here: a label cannot become code.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """Renders the pages.

    Args:
        history: What has arrived.
        watchdog: State of the alert path.
        runbooks: Where the runbooks are.
        now: The clock, for ages.
    """

    def __init__(
        self,
        *,
        history: History,
        watchdog: Watchdog,
        runbooks: Runbooks,
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._watchdog = watchdog
        self._runbooks = runbooks
        self._now = now
        self._style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
        )

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/", self.inbox, methods=["GET"]),
            Route("/style.css", self.style, methods=["GET"]),
            Route("/runbooks", self.runbook_index, methods=["GET"]),
            Route("/runbooks/{name:path}", self.runbook, methods=["GET"]),
        ]

    async def inbox(self, _request: Request) -> Response:
        """The alerts, those that fire first."""
        entries = await run_in_threadpool(self._history.entries)
        state = self._watchdog.state
        return self._page(
            "inbox.html",
            overview=build_overview(entries, self._now()),
            watchdog=state,
            watchdog_age=age_text(state.age_seconds or 0),
        )

    async def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(self._style, media_type="text/css", headers=_HEADERS)

    async def runbook_index(self, _request: Request) -> Response:
        """The list of runbooks."""
        return self._page("runbooks.html", names=await run_in_threadpool(self._runbooks.names))

    async def runbook(self, request: Request) -> Response:
        """One runbook, or 404."""
        name = request.path_params["name"]
        body = await run_in_threadpool(self._runbooks.html, name)
        if body is None:
            return self._page("missing.html", status=404)
        # Made by the Markdown renderer, which has escaped what the file holds.
        return self._page("runbook.html", name=name, body=Markup(body))  # noqa: S704

    def _page(self, template: str, *, status: int = 200, **shown: Any) -> Response:
        text = self._templates.get_template(template).render(**shown)
        return HTMLResponse(text, status_code=status, headers=_HEADERS)
