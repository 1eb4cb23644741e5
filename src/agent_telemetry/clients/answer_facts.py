"""What a model's answer says about itself, whatever its format."""

from dataclasses import dataclass
from typing import Any, Protocol

from agent_telemetry.clients.collected_output import CollectedOutput
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.prices.pricing import Usage


@dataclass
class AnswerFacts:
    """The facts of one answer, whole or collected from the pieces of a stream.

    Attributes:
        model: the model that answered; empty when the answer does not say.
        finish_reasons: why it stopped.
        usage: the provider's own token numbers; None while there are none.
        words: words of text seen so far, for an estimate when a stream is broken off.
        output: collects what was said; None, and nothing is kept, unless content is captured.
    """

    model: str = ""
    finish_reasons: tuple[str, ...] = ()
    usage: Usage | None = None
    words: int = 0
    output: CollectedOutput | None = None

    def say(self, text: object) -> None:
        """Count the words of a piece of text; the text itself is not kept."""
        if isinstance(text, str):
            self.words += len(text.split()) or bool(text)

    def tell(self, call: ModelCall) -> None:
        """Put the facts into a call."""
        if self.output is not None:
            call.capture(output=self.output.messages(self.finish_reasons))
        if self.model:
            call.response_model(self.model)
        if self.finish_reasons:
            call.finish_reason(*self.finish_reasons)
        if self.usage is not None:
            usage = self.usage
            call.usage(
                input=usage.input,
                output=usage.output,
                cached=usage.cached,
                cache_write=usage.cache_write,
                reasoning=usage.reasoning,
                cache_write_1h=usage.cache_write_1h,
            )


def facts_of(call: ModelCall) -> AnswerFacts:
    """Return empty facts, with a place for content when it is captured."""
    return AnswerFacts(output=CollectedOutput() if call.captures else None)


class AnswerFormat(Protocol):
    """Reads one API's answers; it never changes what it reads."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a whole answer."""

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Take the facts of one piece of a stream; True when it carries output."""


def number(value: object, name: str) -> int:
    """Return a count from an object of the client package, 0 when it is not there."""
    found = getattr(value, name, None)
    return found if isinstance(found, int) and found >= 0 else 0
