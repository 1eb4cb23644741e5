"""Token counts by text size: four bytes a token, the usual rule of thumb for English."""

from collections.abc import Sequence

import orjson

from example_app.simulator.conversation import Conversation, ToolCall

BYTES_PER_TOKEN = 4


def count_tokens(size: int) -> int:
    """Tokens in `size` bytes of text, rounded up."""
    return -(-size // BYTES_PER_TOKEN)


def text_tokens(text: str) -> int:
    """Tokens in a text."""
    return count_tokens(len(text.encode()))


def call_tokens(calls: Sequence[ToolCall]) -> int:
    """Tokens the model writes to ask for these calls."""
    return sum(text_tokens(f"{call.name}{call.arguments}") + 3 for call in calls)


def render_prompt(conversation: Conversation) -> bytes:
    """The prompt as one text: tools first, then messages, as providers lay it out for caching."""
    tools = [[t.name, t.description, t.parameters] for t in conversation.tools]
    parts = [orjson.dumps(tools)] if tools else []
    for message in conversation.messages:
        calls = "".join(f"{call.name}{call.arguments}" for call in message.tool_calls)
        parts.append(f"<|{message.role}|>{message.text}{calls}".encode())
    return b"\n".join(parts)
