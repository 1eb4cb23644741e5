"""What a model answered, whole or piece by piece; made only when content is captured."""

from collections.abc import Iterable
from typing import Any

from agent_telemetry.content.messages import Message, output_messages
from agent_telemetry.content.parts import Part, part, tool_call

#: Characters kept of one answer; far above what models say at once.
_MOST_CHARACTERS = 2_000_000


class CollectedOutput:
    """Collects the messages of one answer, of bounded length."""

    def __init__(self) -> None:
        self._whole: list[Message] = []
        self._texts: dict[tuple[int, str], list[str]] = {}
        self._tools: dict[tuple[int, int], dict[str, Any]] = {}
        self._others: dict[int, list[Part]] = {}
        self._left = _MOST_CHARACTERS

    def whole(self, said: Any, finish_reason: str | None) -> None:
        """Take a whole message, as the client package gives it."""
        if said:
            self._whole += output_messages(said, finish_reason or "")

    def text(self, choice: int, text: object, *, thought: bool = False) -> None:
        """Take a piece of text.

        Args:
            choice: which of several answers it belongs to.
            text: the piece; what is no text is passed over.
            thought: whether it is reasoning.
        """
        if isinstance(text, str) and text and self._left > 0:
            self._left -= len(text)
            kind = "reasoning" if thought else "text"
            self._texts.setdefault((choice, kind), []).append(text)

    def tool(
        self,
        choice: int,
        index: int,
        *,
        call_id: str | None = None,
        name: str | None = None,
        arguments: str | None = None,
    ) -> None:
        """Take a piece of a tool's call."""
        call = self._tools.setdefault((choice, index), {"id": "", "name": "", "arguments": []})
        call["id"] = call_id or call["id"]
        call["name"] = name or call["name"]
        if arguments and self._left > 0:
            self._left -= len(arguments)
            call["arguments"].append(arguments)

    def gemini(self, choice: int, parts: Iterable[Any] | None) -> None:
        """Take the parts of one of Gemini's answers, which streams give as pieces."""
        for each in parts or ():
            told = part(each)
            if told["type"] in {"text", "reasoning"}:
                self.text(choice, told["content"], thought=told["type"] == "reasoning")
            else:
                self._others.setdefault(choice, []).append(told)

    def messages(self, finish_reasons: tuple[str, ...]) -> list[Message] | None:
        """Return everything as messages of the conventions' shape, None when there is nothing.

        Args:
            finish_reasons: of the collected pieces, by choice.
        """
        if self._whole:
            return self._whole
        parts: dict[int, list[Part]] = {}
        for (choice, kind), texts in sorted(self._texts.items()):
            parts.setdefault(choice, []).append({"type": kind, "content": "".join(texts)})
        for (choice, _), call in sorted(self._tools.items()):
            told = tool_call(call["id"], call["name"], "".join(call["arguments"]) or None)
            parts.setdefault(choice, []).append(told)
        for choice, others in self._others.items():
            parts.setdefault(choice, []).extend(others)
        reason = finish_reasons[0] if finish_reasons else ""
        found = [
            {"role": "assistant", "parts": each, "finish_reason": reason}
            for _, each in sorted(parts.items())
        ]
        return output_messages(found) if found else None
