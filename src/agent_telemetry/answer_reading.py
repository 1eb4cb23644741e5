"""The facts of a whole answer of any known style, be it an object or decoded JSON."""

import re
from collections.abc import Mapping
from typing import Any

from agent_telemetry.clients.answer_facts import AnswerFacts, AnswerFormat
from agent_telemetry.clients.anthropic_format import Messages
from agent_telemetry.clients.gemini_client import GenerateContent
from agent_telemetry.clients.openai_format import ChatCompletions, Responses

_TEXTS = ("text", "content", "reply", "response", "answer", "output_text")
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


def read_answer(answer: object) -> AnswerFacts:
    """Return model, tokens and reasons to stop, as far as the answer tells them.

    Args:
        answer: what a client of OpenAI, Anthropic or Gemini style returned, or its JSON.
    """
    facts = AnswerFacts()
    shown: Any = _Fields(answer) if isinstance(answer, Mapping) else answer
    style = _style(shown)
    if style is not None:
        style.read(shown, facts)
    return facts


def text_of(answer: object) -> str:
    """Return the text of a simple answer, empty when it is none."""
    if isinstance(answer, str):
        return answer
    shown = _Fields(answer) if isinstance(answer, Mapping) else answer
    found = (getattr(shown, name, None) for name in _TEXTS)
    return next((each for each in found if isinstance(each, str)), "")


def _style(answer: Any) -> AnswerFormat | None:
    if getattr(answer, "usage_metadata", None) is not None:
        return GenerateContent()
    usage = getattr(answer, "usage", None)
    if getattr(usage, "prompt_tokens", None) is not None:
        return ChatCompletions()
    if getattr(usage, "input_tokens", None) is None:
        return None
    return Messages() if getattr(answer, "type", None) == "message" else Responses()


class _Fields:
    """Decoded JSON read by attribute; what is not there is None, ``aName`` is ``a_name`` too."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = {_CAPITAL.sub(_lower, str(key)): value for key, value in fields.items()}

    def __getattr__(self, name: str) -> Any:
        return _wrapped(self._fields.get(name))


def _wrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Fields(value)
    return [_wrapped(each) for each in value] if isinstance(value, list) else value


def _lower(capital: re.Match[str]) -> str:
    return f"_{capital.group().lower()}"
