"""The page of the alerts. Everything shown is escaped."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.inbox.age import length_text
from example_app.inbox.history import History
from example_app.inbox.icon import icon_address
from example_app.inbox.overview import build_cards, build_days, build_groups
from example_app.inbox.page_frame import PageFrame
from example_app.inbox.runbook import Runbooks
from example_app.inbox.selection import Selection, SelectionError
from example_app.inbox.watchdog import Watchdog

LATELY = timedelta(hours=2)
_FIRING_ON_A_PAGE = 100
_LATELY_SHOWN = 50
_HISTORY_ON_A_PAGE = 50


class AlertsPage:
    """Renders the page.

    Args:
        history: What has arrived.
        watchdog: State of the alert path.
        runbooks: Which alerts have one.
        frame: What all pages have in common.
        now: The clock, for ages.
    """

    def __init__(
        self,
        *,
        history: History,
        watchdog: Watchdog,
        runbooks: Runbooks,
        frame: PageFrame,
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._watchdog = watchdog
        self._runbooks = runbooks
        self._frame = frame
        self._now = now

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [Route("/", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """The alerts, those that fire first; the query parameters are those of `Selection`."""
        try:
            chosen = Selection.of(request.query_params)
        except SelectionError as error:
            return self._frame.fault(400, "No such page", str(error))
        shown = await run_in_threadpool(self._gather, chosen)
        return self._frame.page("inbox.html", chosen=chosen, **shown)

    def _gather(self, chosen: Selection) -> dict[str, Any]:
        now = self._now().astimezone(UTC)
        history = self._history
        runbooks = frozenset(self._runbooks.names())
        lately = (now - LATELY).isoformat()

        per_page = _FIRING_ON_A_PAGE
        first = (chosen.firing_page - 1) * per_page
        firing = history.firing(chosen, now, limit=per_page, offset=first)
        recent = history.over(chosen, limit=_LATELY_SHOWN, since=lately)
        # The history begins where this list ends, be that at its age or at its length.
        past_first = len(recent) + (chosen.page - 1) * _HISTORY_ON_A_PAGE
        past = history.over(chosen, limit=_HISTORY_ON_A_PAGE, offset=past_first)
        by_severity = history.firing_by_severity()
        number = history.count_firing(chosen)
        past_number = history.count_over(chosen) - len(recent)
        state = self._watchdog.state
        return {
            "now": now,
            "groups": build_groups(build_cards(firing, now, runbooks)),
            "firing_number": number,
            "firing_pages": math.ceil(number / per_page),
            "recent": build_cards(recent, now, runbooks),
            "lately": length_text(LATELY.total_seconds()),
            "days": build_days(build_cards(past, now, runbooks), now),
            "past_number": past_number,
            "past_pages": math.ceil(past_number / _HISTORY_ON_A_PAGE),
            "all_firing": sum(by_severity.values()),
            "icon": icon_address(by_severity, path_alive=state.alive if state.last_beat else None),
            "services": history.known("service"),
            "severities": history.known("severity"),
            "watchdog": state,
            "watchdog_age": length_text(state.age_seconds or 0),
            "fault": history.fault,
            "kept_aside": history.kept_aside,
        }
