"""The provider's prompt cache: how much of a prompt's beginning it has seen before."""

import hashlib
from collections import OrderedDict

from example_app.simulator.tokens import BYTES_PER_TOKEN

BLOCK_TOKENS = 128
_BLOCK_BYTES = BLOCK_TOKENS * BYTES_PER_TOKEN


class PromptCache:
    """Remembers prompt prefixes in blocks of 128 tokens, as OpenAI does.

    Args:
        min_tokens: Shortest prefix that counts; a shorter one is reported as not cached.
        max_blocks: Most blocks remembered; the one unused for longest goes first.
    """

    def __init__(self, *, min_tokens: int, max_blocks: int = 10_000) -> None:
        self._min_tokens = min_tokens
        self._max_blocks = max_blocks
        self._blocks: OrderedDict[bytes, None] = OrderedDict()

    def cached_tokens(self, model: str, prompt: bytes) -> int:
        """Tokens at the start of `prompt` seen before for this model; remembers the prompt."""
        digest = hashlib.blake2b(model.encode(), digest_size=16)
        seen = 0
        unbroken = True
        for start in range(0, len(prompt) - _BLOCK_BYTES + 1, _BLOCK_BYTES):
            digest.update(prompt[start : start + _BLOCK_BYTES])
            key = digest.digest()
            unbroken = unbroken and key in self._blocks
            seen += BLOCK_TOKENS if unbroken else 0
            self._blocks[key] = None
            self._blocks.move_to_end(key)
        while len(self._blocks) > self._max_blocks:
            self._blocks.popitem(last=False)
        return seen if seen >= self._min_tokens else 0
