"""Pages in NiceGUI: a frame that stands still, and a part that is drawn anew while it is open."""

import asyncio
import logging
import re
import time
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from nicegui import ui

from agent_telemetry.console import wording
from agent_telemetry.console.console import Console
from agent_telemetry.console.pages import (
    alerts,
    graph,
    health,
    logs,
    overview,
    tables,
    trace,
    traces,
)
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import DEFAULT_WINDOW, WINDOWS, Query

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    traces.PAGE,
    trace.PAGE,
    logs.PAGE,
    alerts.PAGE,
    graph.PAGE,
    *tables.PAGES,
    health.PAGE,
)
#: Where the gate has put the console that a request is for.
_CONSOLE = "agent_telemetry.console"
_BUILD_SECONDS = 15.0
#: What a proxy may say that it has taken off our path.
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_STYLES = ("style", "parts")
_log = logging.getLogger("agent_telemetry")


def add_pages(inside: str) -> None:
    """Add the pages to the toolkit.

    Args:
        inside: the path in front of theirs.
    """
    for page in PAGES:
        _add(page, inside)
    _add(_NOWHERE, inside)


def _add(page: Page, inside: str) -> None:
    @ui.page(f"{inside}{page.path}", title=page.title, response_timeout=_BUILD_SECONDS)
    async def show(request: Request) -> None:
        console: Console = request.scope[_CONSOLE]
        query = _query(request, inside)
        frame, live = await asyncio.to_thread(_drawn, console, page, query)
        ui.page_title(f"{page.title} · {console.service}")
        ui.add_head_html(_head())
        ui.html(frame, sanitize=False, tag="header")
        shown = ui.html(live, sanitize=False, tag="section").props("data-testid=live")
        if "before" not in query.given and page.seconds:
            ui.timer(page.seconds, lambda: _refresh(console, page, query, shown), immediate=False)


async def _refresh(console: Console, page: Page, query: Query, shown: ui.html) -> None:
    """Draw the living part anew; the browser is only told when it has changed."""
    fresh = Query(query.base, query.path, query.given, time.time())
    shown.set_content(await asyncio.to_thread(_live, console, page, fresh))


def _query(request: Request, inside: str) -> Query:
    proxied = request.headers.get("x-forwarded-prefix", "").rstrip("/")
    if not _PREFIX.fullmatch(proxied):
        proxied = ""
    root = request.scope.get("root_path", "")
    path = request.scope["path"].removeprefix(root).removeprefix(inside)
    return Query(proxied + root, path or "/", dict(request.query_params), time.time())


def _drawn(console: Console, page: Page, query: Query) -> tuple[str, str]:
    live = _live(console, page, query)
    frame = (
        _templates()
        .get_template("frame.html")
        .render(
            page=page,
            pages=[each for each in PAGES if each.in_menu],
            windows=list(WINDOWS),
            default_window=DEFAULT_WINDOW,
            q=query,
            service=console.service,
            refreshes="before" not in query.given,
            choices=page.choices(console) if page.choices is not None else {},
        )
    )
    return frame, live


def _live(console: Console, page: Page, query: Query) -> str:
    """Return the living part as HTML; a page that cannot be drawn says so."""
    templates = _templates()
    try:
        told = page.view(console, query)
        return templates.get_template(f"{page.template}.html").render(
            page=page, q=query, service=console.service, **told
        )
    except Exception as error:  # noqa: BLE001 -- a page says what is wrong instead of vanishing
        guard = console.stack.guard
        if guard.on_fault is not None:
            guard.on_fault("console.page")
        if guard.first_time(f"console {page.path}"):
            _log.warning("the console cannot draw %s", page.path, exc_info=error)
        return templates.get_template("fault.html").render(
            page=page, q=query, error=type(error).__name__
        )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("agent_telemetry.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(wording.FILTERS)
    made.filters["whole_line"] = logs.whole_line
    return made


@cache
def _head() -> str:
    folder = files("agent_telemetry.console").joinpath("templates")
    style = "".join(folder.joinpath(f"{name}.css").read_text("utf-8") for name in _STYLES)
    script = folder.joinpath("script.js").read_text("utf-8")
    return f"<style>{style}</style><script>{script}</script>"


def _nowhere(console: Console, query: Query) -> dict[str, Any]:
    del console, query
    return {}


_NOWHERE = Page(
    path="/{rest:path}",
    title="Not found",
    template="nowhere",
    view=_nowhere,
    seconds=0,
    in_menu=False,
)
