"""What all pages of the inbox have in common: templates, style, script, links, headers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from example_app.inbox.alert_links import Link
from example_app.inbox.page_headers import HEADERS
from example_app.inbox.settings import InboxSettings

_TEMPLATES = Path(__file__).with_name("templates")
_FILES = {"style.css": "text/css", "refresh.js": "text/javascript"}


@dataclass(frozen=True)
class PageFrame:
    """Renders templates.

    Attributes:
        links: The pages of the other parts of the stack.
    """

    links: tuple[Link, ...] = ()

    @classmethod
    def of(cls, settings: InboxSettings) -> "PageFrame":
        """The frame with the links that the settings ask for."""
        if not settings.stack_links:
            return cls()
        ports = {
            "Chat": f"{settings.app_port}/",
            "Dashboards": f"{settings.grafana_port}/d/overview",
            "Traces": f"{settings.jaeger_port}/",
        }
        return cls(
            tuple(Link(name, f"http://{settings.public_host}:{end}") for name, end in ports.items())
        )

    def page(
        self, template: str, *, status: int = 200, icon: str = "/icon/none.svg", **shown: Any
    ) -> Response:
        """One page."""
        text = _ENVIRONMENT.get_template(template).render(links=self.links, icon=icon, **shown)
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    def fault(self, status: int, title: str, message: str) -> Response:
        """A page that says what is wrong."""
        return self.page("fault.html", status=status, title=title, message=message)


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def file_routes() -> list[Route]:
    """Routes of the style sheet and the script."""
    texts = {name: (_TEMPLATES / name).read_text("utf-8") for name in _FILES}

    async def file(request: Request) -> Response:
        name = request.url.path.removeprefix("/")
        return Response(texts[name], media_type=_FILES[name], headers=HEADERS)

    return [Route(f"/{name}", file, methods=["GET"]) for name in _FILES]
