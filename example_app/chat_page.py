"""The chat page at ``/``: one static file, told which links there are."""

import html
import json
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from example_app.page_policy import page_policy
from example_app.presets import Preset
from example_app.settings import AppSettings

_PAGE = Path(__file__).parent / "pages" / "chat.html"


def chat_page(settings: AppSettings) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()
    text = _PAGE.read_text("utf-8").replace(
        "{{settings}}", html.escape(json.dumps(_told(settings)))
    )

    policy = page_policy(text)

    @router.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(text, headers={"content-security-policy": policy})

    return router


def _told(settings: AppSettings) -> dict[str, str | bool | None]:
    host = settings.public_host
    links = settings.stack_links
    return {
        "faults": settings.faults_enabled,
        "key": settings.auth_required,
        "template": Preset.load(settings.preset).default_template,
        "grafana": f"http://{host}:{settings.grafana_port}" if links else None,
        "jaeger": f"http://{host}:{settings.jaeger_port}" if links else None,
        "inbox": f"http://{host}:{settings.inbox_port}" if links else None,
    }
