"""What a request's headers say about who asks, and how."""

from dataclasses import dataclass

from starlette.requests import Request


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        key: the tenant's key, if one was sent.
        fresh: whether an answer from the cache is refused (``Cache-Control: no-cache``).
    """

    key: str | None = None
    fresh: bool = False


def caller_of(request: Request) -> Caller:
    """Read the caller from the headers."""
    wishes = request.headers.get("cache-control", "").lower().split(",")
    fresh = any(wish.strip() in {"no-cache", "no-store"} for wish in wishes)
    return Caller(_key_of(request), fresh)


def _key_of(request: Request) -> str | None:
    """Return the key sent as ``X-API-Key`` or as a bearer token."""
    own = request.headers.get("x-api-key")
    if own:
        return own
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None
