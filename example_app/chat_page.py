"""The chat page at ``/``: one static file, told which links there are."""

import html
import json
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from example_app.settings import AppSettings

_PAGE = Path(__file__).parent / "pages" / "chat.html"


def chat_page(settings: AppSettings) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()
    text = _PAGE.read_text("utf-8").replace(
        "{{settings}}", html.escape(json.dumps(_told(settings)))
    )

    @router.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(text, headers={"content-security-policy": _POLICY})

    return router


_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


def _told(settings: AppSettings) -> dict[str, str | bool | None]:
    host = settings.public_host
    links = settings.stack_links
    return {
        "faults": settings.faults_enabled,
        "grafana": f"http://{host}:{settings.grafana_port}" if links else None,
        "jaeger": f"http://{host}:{settings.jaeger_port}" if links else None,
        "inbox": f"http://{host}:{settings.inbox_port}" if links else None,
    }
