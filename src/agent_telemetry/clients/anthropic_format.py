"""Anthropic's answers: messages.

Anthropic's ``input_tokens`` leaves out what was read from and written into the cache; the
conventions want all of it (semantic-conventions v1.41.1, ``docs/gen-ai/anthropic.md``).
"""

from typing import Any

from agent_telemetry.clients.answer_facts import AnswerFacts, number
from agent_telemetry.prices.pricing import Usage


class Messages:
    """``/v1/messages``."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a ``Message``."""
        facts.model = getattr(answer, "model", None) or facts.model
        reason = getattr(answer, "stop_reason", None)
        if reason:
            facts.finish_reasons = (reason,)
        if facts.output is not None and getattr(answer, "content", None):
            facts.output.whole(answer, reason)
        facts.usage = _usage(getattr(answer, "usage", None), facts.usage)

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Take the facts of one event of the stream."""
        kind = getattr(piece, "type", "")
        if kind == "message_start":
            self.read(piece.message, facts)
            # The numbers so far hold for the prompt alone; the output's come at the end.
        elif kind == "message_delta":
            reason = getattr(piece.delta, "stop_reason", None)
            facts.finish_reasons = (reason,) if reason else facts.finish_reasons
            facts.usage = _usage(getattr(piece, "usage", None), facts.usage)
        elif kind == "content_block_start":
            block = piece.content_block
            if facts.output is not None and getattr(block, "name", None):
                facts.output.tool(0, piece.index, call_id=block.id, name=block.name)
        elif kind == "content_block_delta":
            delta = piece.delta
            if facts.output is not None:
                facts.output.text(0, getattr(delta, "text", None))
                facts.output.text(0, getattr(delta, "thinking", None), thought=True)
                more = getattr(delta, "partial_json", None)
                if more:
                    facts.output.tool(0, piece.index, arguments=more)
            facts.say(getattr(delta, "text", None) or getattr(delta, "partial_json", None))
            return True
        return False


def _usage(usage: Any, before: Usage | None) -> Usage | None:
    """Return the numbers, those that an event leaves out taken from the event before."""
    if usage is None:
        return before
    known = before or Usage(0, 0)
    fresh_before = known.input - known.cached - known.cache_write
    read = _or(usage, "cache_read_input_tokens", known.cached)
    written = _or(usage, "cache_creation_input_tokens", known.cache_write)
    fresh = _or(usage, "input_tokens", fresh_before)
    output = _or(usage, "output_tokens", known.output)
    by_age = getattr(usage, "cache_creation", None)
    hour = number(by_age, "ephemeral_1h_input_tokens") if by_age else known.cache_write_1h
    return Usage(fresh + read + written, output, read, written, 0, min(hour, written))


def _or(usage: Any, name: str, otherwise: int) -> int:
    return number(usage, name) if getattr(usage, name, None) is not None else otherwise
