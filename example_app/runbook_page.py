"""``/runbooks/<Alert>``: what to do about an alert, where no alert inbox serves it."""

import dataclasses
from pathlib import Path

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from agent_telemetry import ObservabilityStack
from example_app.inbox.runbook import Runbooks
from example_app.page_policy import page_policy
from example_app.page_templates import page_templates

_FOLDER = Path(__file__).parents[1] / "docs" / "runbooks"
_PATH = "/runbooks"


def runbook_page(stack: ObservabilityStack, folder: Path = _FOLDER) -> APIRouter:
    """Return the routes; like every page, they are in no metric of the agent.

    Args:
        stack: told to leave them out; not instrumented yet.
        folder: the runbooks, one ``<Alert>.md`` each.
    """
    unobserved = (*stack.settings.unobserved_paths, _PATH)
    stack.settings = dataclasses.replace(stack.settings, unobserved_paths=unobserved)
    runbooks = Runbooks(folder)
    template = page_templates().get_template("runbook.html")
    router = APIRouter(prefix=_PATH)

    @router.get("")
    async def all_runbooks() -> HTMLResponse:
        return await run_in_threadpool(show, "")

    @router.get("/{name}")
    async def one_runbook(name: str) -> HTMLResponse:
        return await run_in_threadpool(show, name)

    def show(name: str) -> HTMLResponse:
        page = runbooks.page(name)
        # Made by the Markdown renderer, which has escaped what the file holds.
        body = Markup(page.body) if page is not None else None  # noqa: S704
        like = runbooks.like(name) if name else []
        text = template.render(name=name[:100], body=body, like=like, names=runbooks.names())
        headers = {
            "content-security-policy": page_policy(text),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        }
        return HTMLResponse(text, 404 if name and page is None else 200, headers=headers)

    return router
