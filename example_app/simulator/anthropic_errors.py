"""Errors in the form Anthropic's API gives them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from example_app.simulator.api_error import ApiError

_MESSAGE_LIMIT = 500
_SERVER_ERROR = 500
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def anthropic_error(error: ApiError, request_id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The body of an error answer and its headers."""
    where = ".".join(str(part) for part in error.path)
    message = f"{where}: {error.message}" if where else error.message
    body = {
        "type": "error",
        "error": {"type": anthropic_error_type(error.status), "message": message[:_MESSAGE_LIMIT]},
        "request_id": request_id,
    }
    headers = {}
    if error.retry_after is not None:
        reset = datetime.now(UTC) + timedelta(seconds=error.retry_after)
        headers = {
            "retry-after": str(max(1, round(error.retry_after))),
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return body, headers


def anthropic_error_type(status: int) -> str:
    """Anthropic's `type` of an error answer."""
    plain = "api_error" if status >= _SERVER_ERROR else "invalid_request_error"
    return _TYPES.get(status, plain)
