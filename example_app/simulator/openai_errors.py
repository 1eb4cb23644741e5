"""Errors in the form OpenAI's API gives them."""

from typing import Any

from example_app.simulator.api_error import ApiError

_MESSAGE_LIMIT = 500
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


def openai_error(error: ApiError) -> tuple[dict[str, Any], dict[str, str]]:
    """The body of an error answer and its headers."""
    param = _field(error.path)
    message = f"Invalid value for '{param}': {error.message}." if param else error.message
    body = {
        "error": {
            "message": message[:_MESSAGE_LIMIT],
            "type": openai_error_type(error.status),
            "param": param,
            "code": error.code,
        }
    }
    headers = {}
    if error.retry_after is not None:
        headers = {
            "retry-after": str(max(1, round(error.retry_after))),
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{error.retry_after:g}s",
        }
    return body, headers


def openai_error_type(status: int) -> str:
    """OpenAI's `type` of an error answer."""
    if status == _TOO_MANY_REQUESTS:
        return "requests"
    return "server_error" if status >= _SERVER_ERROR else "invalid_request_error"


def _field(path: tuple[str | int, ...]) -> str | None:
    """A field's name the way OpenAI writes it: `messages[0].role`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or None
