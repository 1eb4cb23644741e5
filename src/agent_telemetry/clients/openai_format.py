"""OpenAI's answers: chat completions, responses, embeddings.

Source: the ``openai`` package's types; OpenAI counts cached tokens as part of the prompt and
reasoning as part of the completion.
"""

from typing import Any

from agent_telemetry.clients.answer_facts import AnswerFacts, number
from agent_telemetry.prices.pricing import Usage


class ChatCompletions:
    """``/chat/completions`` and the older ``/completions``."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a ``ChatCompletion``."""
        facts.model = getattr(answer, "model", None) or facts.model
        reasons = [getattr(each, "finish_reason", None) for each in answer.choices or ()]
        facts.finish_reasons = tuple(each for each in reasons if each) or facts.finish_reasons
        facts.usage = _chat_usage(getattr(answer, "usage", None)) or facts.usage
        if facts.output is not None:
            for each in answer.choices or ():
                said = getattr(each, "message", None) or getattr(each, "text", None)
                facts.output.whole(said, getattr(each, "finish_reason", None))

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Take the facts of a ``ChatCompletionChunk``."""
        output, facts.output = facts.output, None  # its texts are pieces, not messages
        self.read(piece, facts)
        facts.output = output
        spoke = False
        for choice in piece.choices or ():
            delta = getattr(choice, "delta", None)
            text = getattr(delta, "content", None) if delta is not None else choice.text
            calls = getattr(delta, "tool_calls", None)
            facts.say(text)
            spoke = spoke or bool(text) or bool(calls)
            if output is not None:
                output.text(choice.index, text)
                output.text(choice.index, getattr(delta, "reasoning_content", None), thought=True)
                for call in calls or ():
                    made = call.function
                    output.tool(
                        choice.index,
                        call.index,
                        call_id=call.id,
                        name=getattr(made, "name", None),
                        arguments=getattr(made, "arguments", None),
                    )
        return spoke


class Responses:
    """``/responses``."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a ``Response``."""
        facts.model = getattr(answer, "model", None) or facts.model
        status = getattr(answer, "status", None)
        incomplete = getattr(getattr(answer, "incomplete_details", None), "reason", None)
        if status in {"completed", "incomplete"}:
            facts.finish_reasons = (incomplete or "stop",)
        if facts.output is not None and getattr(answer, "output", None):
            facts.output.whole(answer.output, (*facts.finish_reasons, None)[0])
        usage = getattr(answer, "usage", None)
        if usage is not None:
            facts.usage = Usage(
                number(usage, "input_tokens"),
                number(usage, "output_tokens"),
                number(getattr(usage, "input_tokens_details", None), "cached_tokens"),
                0,
                number(getattr(usage, "output_tokens_details", None), "reasoning_tokens"),
            )

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Take the facts of one event."""
        kind = str(getattr(piece, "type", ""))
        if getattr(piece, "response", None) is not None:
            self.read(piece.response, facts)
        if not kind.endswith(".delta"):
            return False
        facts.say(getattr(piece, "delta", None))
        if facts.output is not None and kind == "response.output_text.delta":
            facts.output.text(piece.output_index, piece.delta)
        return True


class Embeddings:
    """``/embeddings``."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a ``CreateEmbeddingResponse``."""
        facts.model = getattr(answer, "model", None) or facts.model
        usage = getattr(answer, "usage", None)
        if usage is not None:
            facts.usage = Usage(number(usage, "prompt_tokens"), 0)

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Embeddings do not stream."""
        del piece, facts
        return False


def _chat_usage(usage: Any) -> Usage | None:
    if usage is None:
        return None
    return Usage(
        number(usage, "prompt_tokens"),
        number(usage, "completion_tokens"),
        number(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
        0,
        number(getattr(usage, "completion_tokens_details", None), "reasoning_tokens"),
    )
