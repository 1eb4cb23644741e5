"""A refusal as an HTTP answer, with the log line that says why."""

import logging
from typing import Any

from fastapi.responses import JSONResponse

from agent_telemetry import get_request_context
from example_app.refusal import Refusal

_log = logging.getLogger(__name__)
_SERVER_ERROR = 500


def refuse(refusal: Refusal) -> JSONResponse:
    """Return a refusal as JSON, and leave a log line that says why."""
    note(refusal)
    return JSONResponse(body_of(refusal), refusal.status, headers=dict(refusal.headers))


def note(refusal: Refusal) -> None:
    """Leave the log line only: the answer goes out another way."""
    _log.log(
        logging.ERROR if refusal.status >= _SERVER_ERROR else logging.WARNING,
        "Request refused: %s",
        refusal.message,
        extra={
            "event": "request_refused",
            "error_type": refusal.code,
            "http_status": refusal.status,
        },
    )


def body_of(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON of a refusal with the id of the current request."""
    return refusal.body(get_request_context().request_id)
