"""The chat page at ``/``: one static file, told which links there are."""

import base64
import hashlib
import html
import json
import re
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

    policy = _policy(text)

    @router.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(text, headers={"content-security-policy": policy})

    return router


def _policy(text: str) -> str:
    """Return a policy under which the page's own script runs, and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()) for script in scripts)
    allowed = " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
