"""One finished answer of a model with its token counts, whatever HTTP format will carry it."""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from example_app.simulator.answer_faults import broken_arguments
from example_app.simulator.call_faults import NO_FAULTS, CallFaults
from example_app.simulator.conversation import Conversation, ToolCall
from example_app.simulator.ending import Ending, cut_text, end_text
from example_app.simulator.latency import Latency, Pace
from example_app.simulator.model_catalogue import Model
from example_app.simulator.planner import Decision, Planner
from example_app.simulator.prompt_cache import PromptCache
from example_app.simulator.thought import think
from example_app.simulator.tokens import call_tokens, count_tokens, text_tokens

_REASONING_PER_STEP = 64
_PREFIXES = {"openai": ("chatcmpl-", "call_"), "anthropic": ("msg_", "toolu_")}
"""How each vendor's ids of answers and of tool calls begin."""


@dataclass(frozen=True)
class Usage:
    """Token counts of one call.

    Attributes:
        prompt: All of the prompt, what was cached and what was written into the cache included.
        completion: All that was produced, `reasoning` included.
        cached: Part of the prompt read from the cache.
        reasoning: Tokens thought.
        cache_written: Part of the prompt written into the cache.
        cache_written_for_hour: Part of that which is kept for an hour.
    """

    prompt: int
    completion: int
    cached: int
    reasoning: int
    cache_written: int = 0
    cache_written_for_hour: int = 0


@dataclass(frozen=True)
class Completion:
    """An answer.

    Attributes:
        completion_id: Its id in the vendor's style.
        model: The model that answers.
        text: What it says; empty when it calls tools.
        tool_calls: Calls it asks for.
        finish_reason: `stop`, `tool_calls`, `length` or `stop_sequence`.
        usage: Token counts.
        pace: How fast it comes.
        seconds: How long the whole takes.
        stop_sequence: The caller's text at which it ended, if it did.
        thought: What the model thought, if the caller asked to see it.
    """

    completion_id: str
    model: Model
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    usage: Usage
    pace: Pace
    seconds: float
    stop_sequence: str | None = None
    thought: str = ""


class CompletionMaker:
    """Answers conversations, one after the other.

    Args:
        planner: Decides what to say.
        caches: Prompt cache of each vendor.
        latency: Draws how long each answer takes.
        seed: Goes into the ids, so that two simulators do not share them.
    """

    def __init__(
        self, *, planner: Planner, caches: Mapping[str, PromptCache], latency: Latency, seed: int
    ) -> None:
        self._planner = planner
        self._caches = caches
        self._latency = latency
        self._seed = seed
        self._numbers = itertools.count(1)

    def complete(
        self, model: Model, conversation: Conversation, faults: CallFaults = NO_FAULTS
    ) -> Completion:
        """The answer to a conversation, all at once; streaming is a matter of sending it."""
        decide = self._planner.repeat if "tool_loop" in faults else self._planner.decide
        decision = decide(conversation)
        prompt_tokens = count_tokens(sum(len(piece.data) for piece in conversation.prompt))
        cache = self._caches[model.vendor].use(model.name, conversation.prompt)
        number = next(self._numbers)
        most = conversation.max_tokens
        thought = think(conversation, decision) if conversation.thinking else ""
        thought = thought if most is None else cut_text(thought, most)
        reasoning = _reasoning_tokens(model, conversation, decision, thought)
        room = None if most is None else most - reasoning
        calls = self._calls(decision, model, number, faults)
        if calls and room is not None and call_tokens(calls) > room:
            # Calls that do not fit the caller's bound are not sent, not even in part.
            calls, ending = (), Ending("", "length", room)
        elif calls:
            ending = Ending("", "tool_calls", call_tokens(calls))
        else:
            stops = conversation.stop_sequences
            ending = end_text(decision.text, stops=stops, room=room, faults=faults)
        pace = self._latency.pace(model, prompt_tokens=prompt_tokens, cached_tokens=cache.read)
        # A burst takes the time of the text it sends, so that it shows as cost and not as time-out.
        sent = call_tokens(calls) if calls else text_tokens(ending.text)
        return Completion(
            completion_id=_PREFIXES[model.vendor][0] + self._digest(f"answer/{number}"),
            model=model,
            text=ending.text,
            tool_calls=calls,
            finish_reason=ending.reason,
            usage=Usage(
                prompt=prompt_tokens,
                completion=ending.tokens + reasoning,
                cached=cache.read,
                reasoning=reasoning,
                cache_written=cache.written,
                cache_written_for_hour=cache.written_for_hour,
            ),
            pace=pace,
            seconds=pace.total(sent + reasoning),
            stop_sequence=ending.stop_sequence,
            thought=thought,
        )

    def _calls(
        self, decision: Decision, model: Model, number: int, faults: CallFaults
    ) -> tuple[ToolCall, ...]:
        prefix = _PREFIXES[model.vendor][1]
        return tuple(
            ToolCall(
                prefix + self._digest(f"call/{number}.{place}"),
                call.name,
                _written(call.arguments, faults),
            )
            for place, call in enumerate(decision.calls)
        )

    def _digest(self, text: str) -> str:
        return hashlib.blake2b(f"{self._seed}/{text}".encode(), digest_size=12).hexdigest()


def _written(arguments: Mapping[str, object], faults: CallFaults) -> str:
    """The arguments as the model writes them."""
    text = orjson.dumps(arguments).decode()
    comma = faults.number("malformed_tool_json", "trailing_comma")
    return text if comma is None else broken_arguments(text, trailing_comma=comma > 0)


def _reasoning_tokens(
    model: Model, conversation: Conversation, decision: Decision, thought: str
) -> int:
    """Thinking grows with what there is to weigh, and stays within the caller's bound."""
    if thought:
        return text_tokens(thought)
    if not model.reasoning:
        return 0
    tokens = _REASONING_PER_STEP * (1 + len(conversation.turn_results) + len(decision.calls))
    return tokens if conversation.max_tokens is None else min(tokens, conversation.max_tokens)
