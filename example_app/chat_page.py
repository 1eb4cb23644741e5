"""The chat page at ``/``: one document, told which links there are."""

import json

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from example_app.page_policy import page_policy
from example_app.page_templates import page_templates
from example_app.presets import Preset
from example_app.settings import AppSettings


def chat_page(settings: AppSettings) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()
    page = page_templates().get_template("chat.html")
    text = page.render(settings=json.dumps(_told(settings)))
    headers = {
        "content-security-policy": page_policy(text),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }

    @router.get("/")
    async def page_of_chat() -> HTMLResponse:
        return HTMLResponse(text, headers=headers)

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
