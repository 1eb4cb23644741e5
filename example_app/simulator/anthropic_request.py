"""The body of `POST /v1/messages` and of its token count, as Anthropic's API takes it."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from example_app.simulator.api_error import from_validation
from example_app.simulator.prompt_cache import HOUR

_MOST_MESSAGES = 10_000
_MOST_TOOLS = 1_000
_MOST_STOPS = 64
_FIVE_MINUTES = 300


class CacheControl(BaseModel):
    """A mark: the prompt up to here is to be cached."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"

    @property
    def seconds(self) -> int:
        """How long the prompt is kept."""
        return HOUR if self.ttl == "1h" else _FIVE_MINUTES


class _Marked(BaseModel):
    cache_control: CacheControl | None = None

    @property
    def cache_seconds(self) -> int:
        """How long the prompt up to here is kept; 0 without a mark."""
        return self.cache_control.seconds if self.cache_control else 0


class TextBlock(_Marked):
    """Text of a person, the model or the operator."""

    type: Literal["text"]
    text: str = Field(min_length=1)


class ToolUseBlock(_Marked):
    """A call the model asked for earlier in the conversation."""

    type: Literal["tool_use"]
    id: str = Field(pattern=r"^[a-zA-Z0-9_-]+$")
    name: str = Field(min_length=1, max_length=200)
    input: dict[str, Any]


class MediaBlock(_Marked):
    """A block of a kind that the simulator accepts and does not look into."""

    type: Literal[
        "image",
        "document",
        "search_result",
        "thinking",
        "redacted_thinking",
        "server_tool_use",
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_reference",
        "container_upload",
    ]


# A tuple: what stands in a request as `type` need not be hashable.
_OWN_KINDS = ("text", "tool_use", "tool_result")


def _kind_of(block: object) -> str:
    """Which of the block classes a block belongs to, by its `type`."""
    kind = block.get("type") if isinstance(block, dict) else getattr(block, "type", None)
    return kind if kind in _OWN_KINDS else "media"


def _as_blocks(content: object) -> object:
    """Content as a list of blocks; a text stands for one block of text."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


_PlainBlock = Annotated[
    Annotated[TextBlock, Tag("text")] | Annotated[MediaBlock, Tag("media")],
    Discriminator(lambda block: "text" if _kind_of(block) == "text" else "media"),
]


def _as_result_blocks(content: object) -> object:
    """A tool's answer as a list of blocks; an empty text is an empty answer."""
    return [] if content in ("", None) else _as_blocks(content)


class ToolResultBlock(_Marked):
    """What the caller's tool returned."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: Annotated[
        list[_PlainBlock], Field(fail_fast=True), BeforeValidator(_as_result_blocks)
    ] = []
    is_error: bool = False

    @property
    def text(self) -> str:
        """The text of the answer; what is no text is left out."""
        return "\n".join(b.text for b in self.content if isinstance(b, TextBlock))


Block = Annotated[
    Annotated[TextBlock, Tag("text")]
    | Annotated[ToolUseBlock, Tag("tool_use")]
    | Annotated[ToolResultBlock, Tag("tool_result")]
    | Annotated[MediaBlock, Tag("media")],
    Discriminator(_kind_of),
]


class TurnMessage(BaseModel):
    """One message; a tool's results come in a message of the user."""

    role: Literal["user", "assistant", "system"]
    content: Annotated[list[Block], Field(fail_fast=True), BeforeValidator(_as_blocks)]


class InputSchema(BaseModel):
    """JSON Schema of a tool's input, kept as it is."""

    model_config = ConfigDict(extra="allow")

    type: Literal["object"]


class CustomTool(_Marked):
    """A tool of the caller."""

    type: Literal["custom"] | None = None
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")
    description: str = ""
    input_schema: InputSchema


class ServerTool(_Marked):
    """A tool that Anthropic runs, such as web search: accepted, never used."""

    type: str
    name: str = Field(min_length=1)


Tool = Annotated[
    Annotated[CustomTool, Tag("custom")] | Annotated[ServerTool, Tag("server")],
    Discriminator(
        lambda tool: (
            "server"
            if isinstance(tool, dict) and tool.get("type") not in (None, "custom")
            else "custom"
        )
    ),
]


class ToolChoice(BaseModel):
    """Whether and which tools the model has to call."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool = False


class Thinking(BaseModel):
    """Whether the model shows what it thinks; the budget is checked and otherwise not used."""

    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: int | None = Field(default=None, ge=1024)


class CountRequest(BaseModel):
    """What a token count reads: all of a request that makes up the prompt."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(min_length=1)
    messages: Annotated[
        list[TurnMessage], Field(fail_fast=True, min_length=1, max_length=_MOST_MESSAGES)
    ]
    system: Annotated[
        list[TextBlock], Field(fail_fast=True), BeforeValidator(_as_result_blocks)
    ] = []
    tools: Annotated[list[Tool], Field(fail_fast=True, max_length=_MOST_TOOLS)] = []
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    cache_control: CacheControl | None = None


class MessageRequest(CountRequest):
    """The fields the simulator acts on; all others are accepted and have no effect."""

    max_tokens: int = Field(ge=1)
    stop_sequences: list[Annotated[str, Field(pattern=r"\S")]] = Field(
        default=[], max_length=_MOST_STOPS
    )
    stream: bool = False


Asked = TypeVar("Asked", bound=CountRequest)


def read_request(kind: type[Asked], body: object) -> Asked:
    """Checks a decoded JSON body.

    Raises:
        ApiError: 400, naming the field at fault.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise from_validation(error) from None
