"""``/faults``: list, start and stop faults; there only when ``FAULTS_ENABLED`` is set."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from example_app.chat_api import refuse
from example_app.chat_request import parse_json, read_body
from example_app.faults import Faults
from example_app.faults_page import FaultsPage, wants_page
from example_app.refusal import Refusal


class FaultsApi:
    """The routes.

    Args:
        faults: what they act on.
        page: what a browser gets instead of the list as JSON.
    """

    def __init__(self, faults: Faults, page: FaultsPage) -> None:
        self._faults = faults
        self._page = page
        self.router = APIRouter(prefix="/faults")
        self.router.add_api_route("", self.list_all, methods=["GET"])
        self.router.add_api_route("", self.stop_all, methods=["DELETE"])
        self.router.add_api_route("/{name}", self.start, methods=["PUT"])
        self.router.add_api_route("/{name}", self.stop, methods=["DELETE"])

    async def list_all(self, request: Request) -> Response:
        """Return every fault that can be had, as a page to a browser and as JSON otherwise."""
        faults = await run_in_threadpool(self._faults.list_all)
        if wants_page(request.headers.get("accept", "")):
            return self._page.render(faults)
        return JSONResponse({"faults": faults}, headers={"vary": "accept"})

    async def start(self, name: str, request: Request) -> Response:
        """Start a fault, by default for ten minutes."""
        body = await read_body(request)
        value = body if isinstance(body, Refusal) else parse_json(body or b"{}")
        if not isinstance(value, dict | Refusal):
            value = Refusal(400, "bad_json", "The body must be a JSON object.")
        if isinstance(value, Refusal):
            return refuse(value)
        return _answer(await run_in_threadpool(self._faults.start, name, value))

    async def stop(self, name: str) -> Response:
        """Stop a fault."""
        return _answer(await run_in_threadpool(self._faults.stop, name))

    async def stop_all(self) -> Response:
        """Stop every fault."""
        return JSONResponse({"faults": await run_in_threadpool(self._faults.stop_all)})


def _answer(outcome: dict[str, Any] | Refusal) -> Response:
    return refuse(outcome) if isinstance(outcome, Refusal) else JSONResponse(outcome)
