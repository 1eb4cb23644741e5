"""What may be posted to ``/chat``: read within bounds, checked before anything else happens."""

import asyncio
import json
import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.requests import ClientDisconnect, Request

from example_app.refusal import Refusal

MOST_BYTES = 64 * 1024
_MOST_SECONDS = 30
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _clean_text(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters other than tab and new line")
    if not text.strip():
        raise ValueError("must not be empty")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text, without lone surrogates") from None
    return text


Model = TypeVar("Model", bound=BaseModel)
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@:-]{1,64}$")]


class ChatRequest(BaseModel):
    """One message of a person.

    Attributes:
        message: what the person wrote.
        template: which agent answers; support when left out.
        tenant_id: whose person it is; decided by the key where one is sent.
        user_id: who asks.
        session_id: the conversation that it belongs to.
        stream: whether the answer comes as server-sent events.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    message: Annotated[str, AfterValidator(_clean_text)]
    template: str | None = None
    tenant_id: Identifier | None = None
    user_id: Identifier | None = None
    session_id: Identifier | None = None
    stream: bool = False


async def read_body(request: Request) -> bytes | Refusal:
    """Read a body of at most 64 KiB, giving up as soon as it is longer or takes too long."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind.strip().lower() != "application/json":
        return Refusal(415, "unsupported_media_type", "Send content-type: application/json.")
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            return await _read_bounded(request)
    except TimeoutError:
        return Refusal(408, "slow_body", f"The body took more than {_MOST_SECONDS} s.")
    except ClientDisconnect:
        # Nobody reads this; it is the client's doing and must not count as our error.
        return Refusal(499, "client_closed", "The client closed the connection.")


async def _read_bounded(request: Request) -> bytes | Refusal:
    too_large = Refusal(413, "too_large", f"The body may have at most {MOST_BYTES} bytes.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        return too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return too_large
    return bytes(body)


def parse_json(body: bytes) -> Any | Refusal:
    """Return the JSON value of a body."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return Refusal(400, "bad_json", "The body must be one JSON object in UTF-8.")


def parse_chat(body: bytes) -> ChatRequest | Refusal:
    """Return the checked request, or the reason against it with the field at fault."""
    value = parse_json(body)
    if isinstance(value, Refusal):
        return value
    if not isinstance(value, dict):
        return Refusal(400, "bad_json", 'The body must be an object such as {"message": "…"}.')
    return validate(ChatRequest, value)


def validate(model: type[Model], value: dict[str, Any]) -> Model | Refusal:
    """Check an object against a model."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        reason = first["msg"].removeprefix("Value error, ")
        shown = name.encode("utf-8", "replace").decode()[:80]
        return Refusal(422, "invalid", f"{shown}: {reason}", field=shown)
