"""Token counts by text size: four bytes a token, the usual rule of thumb for English."""

from collections.abc import Sequence

from example_app.simulator.conversation import ToolCall

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
