"""A conversation as the model sees it, whatever HTTP format carried it here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from example_app.simulator.prompt import PromptPiece


@dataclass(frozen=True)
class ToolCall:
    """A call the model asks for. `arguments` is JSON text, as providers send it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Message:
    """One message. `role` is `system`, `user`, `assistant` or `tool`.

    `failed` marks a tool's message as the report of a failure.
    """

    role: str
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    failed: bool = False


@dataclass(frozen=True)
class ToolOffer:
    """A tool that the caller offers. `parameters` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolResult:
    """A finished call together with the text the caller's tool returned, or its failure."""

    call: ToolCall
    text: str
    failed: bool = False


@dataclass(frozen=True)
class Conversation:
    """Everything the next answer depends on.

    Attributes:
        model: Model name as the caller wrote it.
        messages: Oldest first.
        tools: Tools on offer.
        tool_choice: `auto`, `none`, `required`, or the name of the one tool to call.
        parallel_tool_calls: Whether one answer may ask for several calls.
        max_tokens: Upper bound on completion tokens, or None.
        stop_sequences: Texts at which the answer ends, themselves left out.
        thinking: Whether the model is asked to show what it thinks.
        prompt: The whole as the provider reads it, piece by piece: what is counted and cached.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolOffer, ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool = True
    max_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()
    thinking: bool = False
    prompt: tuple[PromptPiece, ...] = ()

    @property
    def user_texts(self) -> tuple[str, ...]:
        """What the person wrote, newest first."""
        return tuple(m.text for m in reversed(self.messages) if m.role == "user")

    @property
    def question(self) -> str:
        """The person's latest message, or an empty text."""
        return next(iter(self.user_texts), "")

    @property
    def turn_results(self) -> tuple[ToolResult, ...]:
        """Results of the calls made since the latest user message, oldest first."""
        start = max((i for i, m in enumerate(self.messages) if m.role == "user"), default=-1)
        turn = self.messages[start + 1 :]
        calls = {call.call_id: call for m in turn for call in m.tool_calls}
        return tuple(
            ToolResult(calls[m.tool_call_id], m.text, m.failed)
            for m in turn
            if m.role == "tool" and m.tool_call_id in calls
        )

    def offer(self, name: str) -> ToolOffer | None:
        """The offered tool of that name, if any."""
        return next((tool for tool in self.tools if tool.name == name), None)
