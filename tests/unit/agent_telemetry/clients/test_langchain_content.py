"""The LangChain handler shows messages and tools only with content capture, redacted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models import FakeListLLM, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from agent_telemetry.clients.langchain_handler import LangChainHandler
from agent_telemetry.content.mode import ContentMode

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
CALL = {"name": "lookup_order", "args": {"order_id": "1042"}, "id": "c1"}


class Model(GenericFakeChatModel):
    """LangChain's own test model, with a name."""

    def _get_ls_params(self, stop: Any = None, **given: Any) -> Any:
        return {"ls_provider": "openai", "ls_model_name": "gpt-4o-mini", "ls_model_type": "chat"}


@tool
def lookup_order(order_id: str) -> dict[str, str]:
    """Find an order."""
    return {"order_id": order_id, "mail": "ada@example.com"}


ASKED = [
    SystemMessage("Be brief."),
    HumanMessage("I am ada@example.com, where is order 1042?"),
    AIMessage("", tool_calls=[CALL]),
    ToolMessage("shipped", tool_call_id="c1"),
]


def attributes(stack: Any, spans: Any, run: Callable[[Any], object]) -> list[dict[str, Any]]:
    """Run something with a handler; return the attributes of its spans."""
    run({"callbacks": [LangChainHandler(stack)]})
    assert stack.flush(5)
    return [dict(span.attributes) for span in spans.get_finished_spans()]


@pytest.mark.parametrize("streamed", [False, True])
def test_chat(make_stack, spans, streamed) -> None:
    """Roles, texts, tool calls and their answers; the answer whole, streamed or not."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    said = AIMessage("It was shipped.", response_metadata={"finish_reason": "stop"})
    model = Model(messages=iter([said]))

    def run(config: Any) -> object:
        if streamed:
            return list(model.stream(ASKED, config=config))
        return model.invoke(ASKED, config=config)

    (call,) = attributes(stack, spans, run)
    assert json.loads(call[INPUT]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [{"type": "text", "content": "I am [redacted:email], where is order 1042?"}],
        },
        {
            "role": "assistant",
            "parts": [
                {
                    "type": "tool_call",
                    "id": "c1",
                    "name": "lookup_order",
                    "arguments": {"order_id": "1042"},
                }
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "c1", "response": "shipped"}],
        },
    ]
    (answer,) = json.loads(call[OUTPUT])
    assert answer["parts"] == [{"type": "text", "content": "It was shipped."}]
    assert (answer["role"], answer["finish_reason"]) == ("assistant", "stop")


def test_text_model(make_stack, spans) -> None:
    """A model that takes and gives texts."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    model = FakeListLLM(responses=["Yes."])
    (call,) = attributes(stack, spans, lambda config: model.invoke("May I?", config=config))
    assert json.loads(call[INPUT])[0]["parts"] == [{"type": "text", "content": "May I?"}]
    assert json.loads(call[OUTPUT])[0]["parts"] == [{"type": "text", "content": "Yes."}]


def test_tool(make_stack, spans) -> None:
    """A tool's arguments and result."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    given = {"order_id": "1042"}
    (call,) = attributes(stack, spans, lambda config: lookup_order.invoke(given, config=config))
    assert json.loads(call["gen_ai.tool.call.arguments"]) == given
    assert json.loads(call["gen_ai.tool.call.result"])["mail"] == "[redacted:email]"


def test_nothing_is_shown_unless_asked_for(stack, spans) -> None:
    """With capture off there is no word of it in any span."""
    model = Model(messages=iter([AIMessage("It was shipped.")]))

    def run(config: Any) -> None:
        model.invoke(ASKED, config=config)
        lookup_order.invoke({"order_id": "1042"}, config=config)

    text = json.dumps(attributes(stack, spans, run), default=str)
    assert "gpt-4o-mini" in text
    for word in ("1042", "ada@", "shipped", "brief", "redacted"):
        assert word not in text
