"""Reads a JSON body within bounds."""

import orjson
from starlette.requests import ClientDisconnect, Request

from example_app.simulator.api_error import ApiError

LIMIT_BYTES = 4 * 1024 * 1024


async def read_json(request: Request, *, empty: object = None) -> object:
    """The decoded body.

    Args:
        request: The request to read.
        empty: What an empty body stands for; None makes an empty body an error.

    Raises:
        ApiError: 413 over 4 MiB, 415 for another content type, 400 for bad JSON.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(415, "The content type must be application/json.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LIMIT_BYTES:
                raise ApiError(413, f"The body is larger than {LIMIT_BYTES} bytes.")
    except ClientDisconnect:
        raise ApiError(400, "The body ended early.") from None
    if not body.strip() and empty is not None:
        return empty
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ApiError(400, "We could not parse the JSON body of your request.") from None
