"""The icon in the browser's tab: how many alerts fire, in the colour of the worst."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.inbox.page_headers import HEADERS

_COLOURS = {
    "critical": "#b3261e",
    "warning": "#8a5300",
    "info": "#2457d6",
    "none": "#5b6470",
    "dead": "#b3261e",
    "well": "#1a7f4b",
}
_MOST = 99
_DIGITS = 3


def icon_address(firing: dict[str, int], *, path_alive: bool | None) -> str:
    """The address of the icon for what fires now.

    Args:
        firing: how many fire, by severity.
        path_alive: whether Watchdog still arrives; None before the first one.
    """
    number = sum(firing.values())
    if not number:
        word = {True: "well", False: "dead", None: "none-0"}[path_alive]
        return f"/icon/{word}.svg"
    worst = next((word for word in ("critical", "warning", "info") if firing.get(word)), "none")
    return f"/icon/{worst}-{min(number, _MOST + 1)}.svg"


async def _icon(request: Request) -> Response:
    word, _, digits = request.path_params["state"].partition("-")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else 0
    if word not in _COLOURS:
        word, number = "none", 0
    text = {"dead": "!", "well": "✓"}.get(word, str(number) if number <= _MOST else "99+")
    size = {1: 20, 2: 17}.get(len(text), 13)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{_COLOURS[word]}"/>'
        f'<text x="16" y="{16 + size * 0.36:.0f}" text-anchor="middle" fill="#fff"'
        f' font-family="sans-serif" font-weight="700" font-size="{size}">{text}</text></svg>'
    )
    headers = {**HEADERS, "Cache-Control": "max-age=86400"}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def icon_routes() -> list[Route]:
    """Routes to mount in an application."""
    return [Route("/icon/{state}.svg", _icon, methods=["GET"])]
