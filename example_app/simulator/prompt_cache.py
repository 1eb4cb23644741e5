"""The provider's prompt cache: how much of a prompt's beginning it has seen before."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from example_app.simulator.prompt import PromptPiece, joined
from example_app.simulator.tokens import BYTES_PER_TOKEN, count_tokens

BLOCK_TOKENS = 128
HOUR = 3600
_BLOCK_BYTES = BLOCK_TOKENS * BYTES_PER_TOKEN
_LOOK_BACK = 20
"""Pieces before a mark at which Anthropic looks for an earlier mark's prompt."""


@dataclass(frozen=True)
class CacheUse:
    """Prompt tokens read from the cache and written into it.

    `written` counts all that was written; `written_for_hour` is the part kept for an hour.
    """

    read: int = 0
    written: int = 0
    written_for_hour: int = 0


class PromptCache(Protocol):
    """A cache of prompt beginnings, one for all models of a vendor."""

    def use(self, model: str, prompt: Sequence[PromptPiece]) -> CacheUse:
        """What the cache does for a prompt; the prompt is remembered for the next one."""


class AutomaticCache:
    """Remembers prompt prefixes in blocks of 128 tokens, as OpenAI does, without being asked to.

    Args:
        min_tokens: Shortest prefix that counts; a shorter one is reported as not cached.
        max_blocks: Most blocks remembered; the one unused for longest goes first.
    """

    def __init__(self, *, min_tokens: int, max_blocks: int = 10_000) -> None:
        self._min_tokens = min_tokens
        self._max_blocks = max_blocks
        self._blocks: OrderedDict[bytes, None] = OrderedDict()

    def use(self, model: str, prompt: Sequence[PromptPiece]) -> CacheUse:
        """Tokens at the start of the prompt seen before for this model, in whole blocks."""
        data = joined(prompt)
        digest = hashlib.blake2b(model.encode(), digest_size=16)
        seen = 0
        unbroken = True
        for start in range(0, len(data) - _BLOCK_BYTES + 1, _BLOCK_BYTES):
            digest.update(data[start : start + _BLOCK_BYTES])
            key = digest.digest()
            unbroken = unbroken and key in self._blocks
            seen += BLOCK_TOKENS if unbroken else 0
            self._blocks[key] = None
            self._blocks.move_to_end(key)
        while len(self._blocks) > self._max_blocks:
            self._blocks.popitem(last=False)
        return CacheUse(read=seen if seen >= self._min_tokens else 0)


class MarkedCache:
    """Remembers prompts up to the marks their caller has set, as Anthropic does (`cache_control`).

    What was remembered lasts for five minutes or an hour and begins anew with each use.

    Args:
        min_tokens: Shortest beginning that is remembered.
        now: The clock.
        max_marks: Most beginnings remembered; the one unused for longest goes first.
    """

    def __init__(
        self, *, min_tokens: int, now: Callable[[], datetime], max_marks: int = 10_000
    ) -> None:
        self._min_tokens = min_tokens
        self._now = now
        self._max_marks = max_marks
        self._until: OrderedDict[bytes, datetime] = OrderedDict()

    def use(self, model: str, prompt: Sequence[PromptPiece]) -> CacheUse:
        """Reads the longest remembered beginning and writes what lies between it and the marks."""
        ends = _ends(model, prompt)
        marks = [
            place
            for place, piece in enumerate(prompt)
            if piece.cache_seconds and ends[place][0] >= self._min_tokens
        ]
        if not marks:
            return CacheUse()
        hit = self._longest(ends, marks)
        read = reached = 0 if hit is None else ends[hit][0]
        for_hour = 0
        for place in marks:
            tokens, key = ends[place]
            seconds = prompt[place].cache_seconds
            if seconds >= HOUR:
                for_hour += max(0, tokens - reached)
            reached = max(reached, tokens)
            self._remember(key, seconds)
        return CacheUse(read=read, written=reached - read, written_for_hour=for_hour)

    def _longest(self, ends: list[tuple[int, bytes]], marks: list[int]) -> int | None:
        """The last piece up to which the prompt is remembered, near enough to one of the marks."""
        now = self._now()
        for mark in reversed(marks):
            for place in range(mark, max(-1, mark - _LOOK_BACK - 1), -1):
                if self._until.get(ends[place][1], now) > now:
                    return place
        return None

    def _remember(self, key: bytes, seconds: int) -> None:
        until = self._now() + timedelta(seconds=seconds)
        self._until[key] = max(until, self._until.get(key, until))
        self._until.move_to_end(key)
        while len(self._until) > self._max_marks:
            self._until.popitem(last=False)


def _ends(model: str, prompt: Sequence[PromptPiece]) -> list[tuple[int, bytes]]:
    """For the end of each piece: the tokens up to there, and a digest of all of them."""
    digest = hashlib.blake2b(model.encode(), digest_size=16)
    size = 0
    ends = []
    for piece in prompt:
        digest.update(piece.data)
        size += len(piece.data)
        ends.append((count_tokens(size), digest.digest()))
    return ends
