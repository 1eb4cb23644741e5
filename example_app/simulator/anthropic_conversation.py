"""Turns a request in Anthropic's form into a conversation."""

from collections.abc import Iterator

from example_app.simulator.anthropic_request import (
    CountRequest,
    CustomTool,
    MediaBlock,
    MessageRequest,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    TurnMessage,
)
from example_app.simulator.api_error import ApiError
from example_app.simulator.conversation import Conversation, Message, ToolCall, ToolOffer
from example_app.simulator.prompt import PromptPiece, json_bytes

_MOST_MARKS = 4
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def conversation_of(asked: CountRequest) -> Conversation:
    """The conversation a request carries.

    Raises:
        ApiError: 400 when calls and results do not belong together, when `tool_choice` or
            `thinking` does not fit the rest, or when there are too many cache marks.
    """
    _check_turns(asked.messages)
    tools = tuple(
        ToolOffer(tool.name, tool.description, tool.input_schema.model_dump())
        for tool in asked.tools
        if isinstance(tool, CustomTool)
    )
    messages = [Message("system", block.text) for block in asked.system]
    for message in asked.messages:
        messages += _messages(message)
    choice = asked.tool_choice
    limits = asked if isinstance(asked, MessageRequest) else None
    thinking = asked.thinking is not None and asked.thinking.type in {"enabled", "adaptive"}
    _check_thinking(asked, limits)
    return Conversation(
        model=asked.model,
        messages=tuple(messages),
        tools=tools,
        tool_choice=_choice(asked, {tool.name for tool in asked.tools}),
        parallel_tool_calls=not (choice and choice.disable_parallel_tool_use),
        max_tokens=limits.max_tokens if limits else None,
        stop_sequences=tuple(limits.stop_sequences) if limits else (),
        thinking=thinking,
        prompt=_prompt(asked),
    )


def _messages(message: TurnMessage) -> list[Message]:
    """A message of blocks as messages of one kind each, results first."""
    results = [b for b in message.content if isinstance(b, ToolResultBlock)]
    calls = [b for b in message.content if isinstance(b, ToolUseBlock)]
    text = "\n".join(b.text for b in message.content if isinstance(b, TextBlock))
    split = [
        Message("tool", r.text, tool_call_id=r.tool_use_id, failed=r.is_error) for r in results
    ]
    if results:
        # Text beside results is a remark on them; as a new question it would begin a new turn.
        return [*split, Message("system", text)] if text else split
    tool_calls = tuple(ToolCall(c.id, c.name, json_bytes(c.input).decode()) for c in calls)
    return [Message(message.role, text, tool_calls)]


def _choice(asked: CountRequest, offered: set[str]) -> str:
    choice = asked.tool_choice
    if choice is None:
        return "auto"
    if not offered and choice.type in {"any", "tool"}:
        raise ApiError(400, "may only be specified while providing tools", path=("tool_choice",))
    if choice.type != "tool":
        return _CHOICES[choice.type]
    if choice.name not in offered:
        shown = (choice.name or "")[:64]
        raise ApiError(400, f"Tool '{shown}' not found in provided tools", path=("tool_choice",))
    return choice.name


def _check_thinking(asked: CountRequest, limits: MessageRequest | None) -> None:
    if asked.thinking is None or asked.thinking.type != "enabled":
        return
    budget = asked.thinking.budget_tokens
    if budget is None:
        raise ApiError(400, "Field required", path=("thinking", "enabled", "budget_tokens"))
    if limits is not None and budget >= limits.max_tokens:
        raise ApiError(400, "`max_tokens` must be greater than `thinking.budget_tokens`")
    if asked.tool_choice is not None and asked.tool_choice.type in {"any", "tool"}:
        raise ApiError(400, "Thinking may not be enabled when tool_choice forces tool use.")


def _check_turns(messages: list[TurnMessage]) -> None:
    """Every call is answered in the next message, and only there; each message says something."""
    open_calls: set[str] = set()
    for place, message in enumerate(messages):
        if not message.content and place < len(messages) - 1:
            reason = "all messages must have non-empty content"
            raise ApiError(400, reason, path=("messages", place))
        answered = set()
        for index, block in enumerate(message.content):
            path = ("messages", place, "content", index)
            if isinstance(block, ToolResultBlock):
                if block.tool_use_id not in open_calls:
                    raise ApiError(400, _UNCALLED.format(block.tool_use_id[:64]), path=path)
                answered.add(block.tool_use_id)
            elif isinstance(block, ToolUseBlock) and message.role != "assistant":
                raise ApiError(
                    400, "`tool_use` blocks can only be in assistant messages", path=path
                )
        _refuse_unanswered(open_calls - answered, place)
        open_calls = {b.id for b in message.content if isinstance(b, ToolUseBlock)}
    _refuse_unanswered(open_calls, len(messages))


_UNCALLED = (
    "unexpected `tool_use_id` found in `tool_result` blocks: {}. Each `tool_result` block must"
    " have a corresponding `tool_use` block in the previous message."
)


def _refuse_unanswered(missing: set[str], place: int) -> None:
    if missing:
        raise ApiError(
            400,
            "`tool_use` ids were found without `tool_result` blocks immediately after:"
            f" {', '.join(sorted(missing))[:200]}. Each `tool_use` block must have a corresponding"
            " `tool_result` block in the next message.",
            path=("messages", place - 1),
        )


def _prompt(asked: CountRequest) -> tuple[PromptPiece, ...]:
    """The prompt block by block with its cache marks: tools, system, messages, in this order."""
    pieces = [*_tool_pieces(asked), *_system_pieces(asked), *_message_pieces(asked)]
    marks = sum(piece.cache_seconds > 0 for piece in pieces)
    if asked.cache_control is not None:
        # One mark for all is a mark on the last block.
        marks += 1
        pieces[-1] = PromptPiece(pieces[-1].data, asked.cache_control.seconds)
    if marks > _MOST_MARKS:
        raise ApiError(
            400,
            f"A maximum of {_MOST_MARKS} blocks with cache_control may be provided. Found {marks}.",
        )
    return tuple(pieces)


def _tool_pieces(asked: CountRequest) -> Iterator[PromptPiece]:
    for tool in asked.tools:
        told: list[object] = [tool.name]
        if isinstance(tool, CustomTool):
            told += [tool.description, tool.input_schema.model_dump()]
        yield PromptPiece(json_bytes(told), tool.cache_seconds)


def _system_pieces(asked: CountRequest) -> Iterator[PromptPiece]:
    for block in asked.system:
        yield PromptPiece(f"\n<|system|>{block.text}".encode(), block.cache_seconds)


def _message_pieces(asked: CountRequest) -> Iterator[PromptPiece]:
    for message in asked.messages:
        yield PromptPiece(f"\n<|{message.role}|>".encode())
        for block in message.content:
            yield PromptPiece(_block_bytes(block), block.cache_seconds)


def _block_bytes(block: TextBlock | ToolUseBlock | ToolResultBlock | MediaBlock) -> bytes:
    if isinstance(block, TextBlock):
        return block.text.encode()
    if isinstance(block, ToolUseBlock):
        return block.name.encode() + json_bytes(block.input)
    return block.text.encode() if isinstance(block, ToolResultBlock) else b""
