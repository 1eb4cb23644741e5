"""Watches the model clients that people already have: one line, no change to their calls."""

from typing import TYPE_CHECKING, TypeVar

from agent_telemetry.clients.gemini_client import watch_gemini_client
from agent_telemetry.clients.other_instrumentors import warn_of_others
from agent_telemetry.clients.rest_client import watch_rest_client

if TYPE_CHECKING:
    from agent_telemetry.operations.operations import Operations

Client = TypeVar("Client")


def watch_client(
    client: Client, stack: "Operations", *, stream_usage: bool | None = None
) -> Client:
    """Watch a client of the ``openai``, ``anthropic`` or ``google-genai`` package.

    Args:
        client: the client, synchronous or asynchronous; it is changed in place and returned.
        stack: told about each call.
        stream_usage: whether streams of OpenAI's format are asked for their usage; by default
            only at OpenAI's own API. The extra piece is hidden from the caller.

    Raises:
        TypeError: the client is of another package; use ``stack.llm`` around its calls.
    """
    packages = {kind.__module__.partition(".")[0] for kind in type(client).__mro__}
    warn_of_others(stack.signals.guard)
    if packages & {"openai", "anthropic"}:
        return watch_rest_client(client, stack, stream_usage=stream_usage)  # type: ignore[no-any-return]
    if "google" in packages:
        return watch_gemini_client(client, stack)  # type: ignore[no-any-return]
    raise TypeError(
        f"{type(client).__name__} is no client of openai, anthropic or google-genai; "
        "put `with stack.llm(model) as call:` around its calls"
    )
