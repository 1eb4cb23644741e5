"""One finished answer of a model with its token counts, whatever HTTP format will carry it."""

import hashlib
import itertools
from dataclasses import dataclass

import orjson

from example_app.simulator.conversation import Conversation, ToolCall
from example_app.simulator.latency import Latency, Pace
from example_app.simulator.model_catalogue import Model
from example_app.simulator.planner import Decision, Planner
from example_app.simulator.prompt_cache import PromptCache
from example_app.simulator.tokens import (
    BYTES_PER_TOKEN,
    call_tokens,
    count_tokens,
    render_prompt,
    text_tokens,
)

_REASONING_PER_STEP = 64


@dataclass(frozen=True)
class Usage:
    """Token counts of one call. `completion` includes `reasoning`, as OpenAI counts."""

    prompt: int
    completion: int
    cached: int
    reasoning: int


@dataclass(frozen=True)
class Completion:
    """An answer. `finish_reason` is `stop`, `tool_calls` or `length`."""

    completion_id: str
    model: Model
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    usage: Usage
    pace: Pace


class CompletionMaker:
    """Answers conversations, one after the other.

    Args:
        planner: Decides what to say.
        cache: Prompt cache of the provider.
        latency: Draws how long each answer takes.
        seed: Goes into the ids, so that two simulators do not share them.
    """

    def __init__(
        self, *, planner: Planner, cache: PromptCache, latency: Latency, seed: int
    ) -> None:
        self._planner = planner
        self._cache = cache
        self._latency = latency
        self._seed = seed
        self._numbers = itertools.count(1)

    def complete(self, model: Model, conversation: Conversation) -> Completion:
        """The answer to a conversation, all at once; streaming is a matter of sending it."""
        decision = self._planner.decide(conversation)
        prompt = render_prompt(conversation)
        prompt_tokens = count_tokens(len(prompt))
        cached = self._cache.cached_tokens(model.name, prompt)
        number = next(self._numbers)
        calls = tuple(
            ToolCall(
                self._identifier("call", f"{number}.{place}"),
                call.name,
                orjson.dumps(call.arguments).decode(),
            )
            for place, call in enumerate(decision.calls)
        )
        reasoning = _reasoning_tokens(model, conversation, decision)
        text, finish_reason = _cut(decision.text, conversation.max_tokens, reasoning)
        if calls:
            finish_reason = "tool_calls"
        written = call_tokens(calls) if calls else text_tokens(text)
        return Completion(
            completion_id=self._identifier("chatcmpl", str(number)),
            model=model,
            text=text,
            tool_calls=calls,
            finish_reason=finish_reason,
            usage=Usage(prompt_tokens, written + reasoning, cached, reasoning),
            pace=self._latency.pace(model, prompt_tokens=prompt_tokens, cached_tokens=cached),
        )

    def _identifier(self, kind: str, number: str) -> str:
        digest = hashlib.blake2b(f"{self._seed}/{kind}/{number}".encode(), digest_size=12)
        return f"{kind}{'-' if kind == 'chatcmpl' else '_'}{digest.hexdigest()}"


def _reasoning_tokens(model: Model, conversation: Conversation, decision: Decision) -> int:
    """Thinking grows with what there is to weigh: results so far and calls to make."""
    if not model.reasoning:
        return 0
    return _REASONING_PER_STEP * (1 + len(conversation.turn_results) + len(decision.calls))


def _cut(text: str, max_tokens: int | None, reasoning: int) -> tuple[str, str]:
    """The text within the bound on completion tokens, and the finish reason."""
    if max_tokens is None or text_tokens(text) + reasoning <= max_tokens:
        return text, "stop"
    room = max(0, max_tokens - reasoning) * BYTES_PER_TOKEN
    return text.encode()[:room].decode(errors="ignore"), "length"
