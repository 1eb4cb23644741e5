"""Where an answer ends: by itself, at a text or a bound of the caller's, or in a burst."""

from dataclasses import dataclass

from example_app.simulator.answer_faults import burst_text
from example_app.simulator.call_faults import CallFaults
from example_app.simulator.tokens import BYTES_PER_TOKEN, text_tokens


@dataclass(frozen=True)
class Ending:
    """What is said in the end.

    Attributes:
        text: The text.
        reason: `stop`, `length`, `stop_sequence`, or `tool_calls` where calls take its place.
        tokens: Tokens counted for it.
        stop_sequence: The caller's text at which it ended, if it did.
    """

    text: str
    reason: str
    tokens: int
    stop_sequence: str | None = None


def end_text(text: str, *, stops: tuple[str, ...], room: int | None, faults: CallFaults) -> Ending:
    """The part of a text that is sent.

    Args:
        text: What the model would say.
        stops: Texts at which it ends.
        room: Most tokens it may have, or None.
        faults: What hits the call.
    """
    if "token_burst" in faults:
        return _burst(text, room, faults)
    met = [(text.find(stop), stop) for stop in stops if stop in text]
    place, stop = min(met, default=(len(text), None))
    said = text[:place]
    if room is not None and text_tokens(said) > room:
        said = cut_text(said, room)
        return Ending(said, "length", text_tokens(said))
    return Ending(said, "stop_sequence" if stop else "stop", text_tokens(said), stop)


def cut_text(text: str, room: int) -> str:
    """The beginning of a text that has at most `room` tokens."""
    return text.encode()[: room * BYTES_PER_TOKEN].decode(errors="ignore")


def _burst(text: str, room: int | None, faults: CallFaults) -> Ending:
    """A huge number of tokens, of which a bounded text is sent; the caller's bound still holds."""
    tokens = round(faults.number("token_burst", "completion_tokens") or 0)
    counted = tokens if room is None else min(tokens, room)
    characters = round(faults.number("token_burst", "text_characters") or 0)
    said = cut_text(burst_text(text, characters), counted)
    return Ending(said, "length" if counted < tokens else "stop", counted)
