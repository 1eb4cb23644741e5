"""The pages of the runbooks."""

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.inbox.history import History
from example_app.inbox.page_frame import PageFrame
from example_app.inbox.runbook import Runbooks


class RunbookPages:
    """Renders the pages.

    Args:
        runbooks: Where the runbooks are.
        history: Says which of the alerts fire.
        frame: What all pages have in common.
    """

    def __init__(self, *, runbooks: Runbooks, history: History, frame: PageFrame) -> None:
        self._runbooks = runbooks
        self._history = history
        self._frame = frame

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/runbooks", self.index, methods=["GET"]),
            Route("/runbooks/{name:path}", self.runbook, methods=["GET"]),
        ]

    async def index(self, _request: Request) -> Response:
        """The list of runbooks; those of alerts that fire are marked."""
        pages = await run_in_threadpool(self._runbooks.pages)
        firing = await run_in_threadpool(self._history.firing_by_name)
        return self._frame.page("runbooks.html", runbooks=pages, firing=firing)

    async def runbook(self, request: Request) -> Response:
        """One runbook, or 404 with the names that are most like what was asked for."""
        name = request.path_params["name"]
        page = await run_in_threadpool(self._runbooks.page, name)
        if page is None:
            like = await run_in_threadpool(self._runbooks.like, name)
            return self._frame.page("missing.html", status=404, name=name, like=like)
        firing = await run_in_threadpool(self._history.firing_by_name)
        # Made by the Markdown renderer, which has escaped what the file holds.
        body = Markup(page.body)  # noqa: S704
        return self._frame.page(
            "runbook.html", name=page.name, body=body, firing=firing.get(page.name, 0)
        )
