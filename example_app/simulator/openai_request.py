"""Reads the body of `POST /v1/chat/completions` into a conversation."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from example_app.simulator.api_error import ApiError, from_validation
from example_app.simulator.conversation import Conversation, Message, ToolCall, ToolOffer
from example_app.simulator.prompt import PromptPiece, json_bytes

_MOST_MESSAGES = 10_000
_ROLES = {"system": "system", "developer": "system", "user": "user"}


class _Part(BaseModel):
    type: str
    text: str = ""


class _CalledFunction(BaseModel):
    name: str
    arguments: str


class _ToolCall(BaseModel):
    id: str
    type: Literal["function"] = "function"
    function: _CalledFunction


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | Annotated[list[_Part], Field(fail_fast=True)] | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None

    def text(self) -> str:
        """The text of the message; parts that are no text are left out."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class _Function(BaseModel):
    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    parameters: dict[str, Any] | None = None


class _Tool(BaseModel):
    type: Literal["function"]
    function: _Function


class _FunctionName(BaseModel):
    name: str


class _NamedChoice(BaseModel):
    type: Literal["function"]
    function: _FunctionName


class _StreamOptions(BaseModel):
    include_usage: bool = False


_Stops = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=4)]


class ChatRequest(BaseModel):
    """The fields the simulator acts on; all others are accepted and have no effect."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: Annotated[
        list[_Message], Field(fail_fast=True, min_length=1, max_length=_MOST_MESSAGES)
    ]
    tools: list[_Tool] | None = Field(default=None, max_length=128)
    tool_choice: Literal["auto", "none", "required"] | _NamedChoice | None = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    stop: Annotated[str, Field(min_length=1)] | _Stops | None = None
    n: int | None = Field(default=None, ge=1, le=1)

    @property
    def include_usage(self) -> bool:
        """Whether the stream ends with a chunk of token counts."""
        return self.stream_options is not None and self.stream_options.include_usage

    def conversation(self) -> Conversation:
        """The conversation this request carries.

        Raises:
            ApiError: Tool messages and tool calls do not belong together, or `tool_choice`
                names a tool that is not offered.
        """
        _check_tool_messages(self.messages)
        tools = tuple(
            ToolOffer(t.function.name, t.function.description or "", t.function.parameters or {})
            for t in self.tools or ()
        )
        messages = tuple(_message(m) for m in self.messages)
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Conversation(
            model=self.model,
            messages=messages,
            tools=tools,
            tool_choice=self._choice({tool.name for tool in tools}),
            parallel_tool_calls=self.parallel_tool_calls is not False,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            stop_sequences=tuple(stops),
            prompt=tuple(_prompt(tools, messages)),
        )

    def _choice(self, offered: set[str]) -> str:
        if not isinstance(self.tool_choice, _NamedChoice):
            return self.tool_choice or "auto"
        name = self.tool_choice.function.name
        if name not in offered:
            raise ApiError(400, f"'{name[:64]}' is not found in 'tools'", path=("tool_choice",))
        return name


def read_chat_request(body: object) -> ChatRequest:
    """Checks a decoded JSON body.

    Raises:
        ApiError: 400, naming the first field at fault.
    """
    try:
        return ChatRequest.model_validate(body)
    except ValidationError as error:
        raise from_validation(error) from None


def _message(message: _Message) -> Message:
    calls = tuple(
        ToolCall(call.id, call.function.name, call.function.arguments)
        for call in message.tool_calls or ()
    )
    role = _ROLES.get(message.role, message.role)
    return Message(role, message.text(), calls, message.tool_call_id)


def _prompt(tools: Sequence[ToolOffer], messages: Sequence[Message]) -> Iterator[PromptPiece]:
    """The prompt as one text: tools first, then messages, as providers lay it out for caching."""
    if tools:
        yield PromptPiece(json_bytes([[t.name, t.description, t.parameters] for t in tools]))
    for message in messages:
        calls = "".join(f"{call.name}{call.arguments}" for call in message.tool_calls)
        yield PromptPiece(f"\n<|{message.role}|>{message.text}{calls}".encode())


def _check_tool_messages(messages: list[_Message]) -> None:
    """Every call is answered right after it, and nothing is answered that was not called."""
    open_calls: set[str] = set()
    for place, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in open_calls:
                raise ApiError(
                    400,
                    "messages with role 'tool' must be a response to a preceding message with"
                    " 'tool_calls'",
                    path=("messages", place, "role"),
                )
            open_calls.discard(message.tool_call_id)
            continue
        _refuse_unanswered(open_calls, place)
        open_calls = {call.id for call in message.tool_calls or ()}
    _refuse_unanswered(open_calls, len(messages))


def _refuse_unanswered(open_calls: set[str], place: int) -> None:
    if open_calls:
        raise ApiError(
            400,
            "an assistant message with 'tool_calls' must be followed by tool messages responding"
            f" to each 'tool_call_id'; missing: {', '.join(sorted(open_calls))[:200]}",
            path=("messages", place, "role"),
        )
