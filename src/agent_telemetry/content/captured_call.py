"""A call whose messages may be shown, for those who have switched that on."""

from typing import Any

from agent_telemetry.content.capture import Content
from agent_telemetry.operations.operation import Operation


class CapturedCall(Operation):
    """An operation with ``capture``; it keeps no content unless content capture is on."""

    provider: str
    _content: Content | None = None

    @property
    def captures(self) -> bool:
        """Whether content is captured; when not, there is no need to collect any."""
        return self._signals.content is not None

    def capture(
        self,
        *,
        input: Any = None,  # noqa: A002 -- the word of the conventions: gen_ai.input.messages
        output: Any = None,
        system: Any = None,
        tools: Any = None,
    ) -> None:
        """Show what was said; does nothing unless content capture is switched on.

        Args:
            input: a text, or messages as OpenAI, Anthropic or Gemini take them.
            output: the answer, as a text or as their messages.
            system: instructions that were given beside the messages.
            tools: definitions of the tools that were offered.
        """
        content = self._signals.content
        if content is None or self._ended:
            return
        try:
            said = {"input": input, "output": output, "system": system, "tools": tools}
            kept = content.add(self._span, said)
            self._content = {**(self._content or {}), **kept}
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.capture", error)

    def _finish(self, error: BaseException | None) -> None:
        if self._content and self._signals.content is not None:
            self._signals.content.tell(self.name, self.provider, self._content)
        super()._finish(error)
