"""Tokens, model and reason of an answer of any known style."""

import pytest
from anthropic.types import Message
from google.genai.types import GenerateContentResponse
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from agent_telemetry.answer_reading import read_answer, text_of
from agent_telemetry.prices.pricing import Usage

OPENAI = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hi"},
            "logprobs": None,
        }
    ],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}
RESPONSES = {
    "id": "x",
    "object": "response",
    "created_at": 1,
    "model": "gpt-4.1",
    "status": "completed",
    "output": [],
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "usage": {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 0},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    },
}
ANTHROPIC = {
    "id": "x",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 20},
}
GEMINI = {
    "modelVersion": "gemini-2.0-flash",
    "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "Hi"}]}}],
    "usageMetadata": {
        "promptTokenCount": 100,
        "candidatesTokenCount": 15,
        "thoughtsTokenCount": 5,
        "cachedContentTokenCount": 40,
    },
}
STYLES = [
    (OPENAI, ChatCompletion, "gpt-4o-2024-08-06", Usage(100, 20, 40, 0, 5)),
    (RESPONSES, Response, "gpt-4.1", Usage(100, 20, 40, 0, 5)),
    (ANTHROPIC, Message, "claude-sonnet-4-5", Usage(100, 20, 40)),
    (GEMINI, GenerateContentResponse, "gemini-2.0-flash", Usage(100, 20, 40, 0, 5)),
]


@pytest.mark.parametrize(("answer", "kind", "model", "usage"), STYLES)
@pytest.mark.parametrize("as_object", [True, False])
def test_every_style_tells_the_same(answer, kind, model, usage, as_object) -> None:
    """The package's object and the decoded JSON give the same model and token numbers."""
    facts = read_answer(kind.model_validate(answer) if as_object else answer)
    assert (facts.model, facts.usage) == (model, usage)
    assert facts.finish_reasons


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_no_answer_tells_nothing(answer) -> None:
    """Anything else has no token numbers and breaks nothing."""
    assert read_answer(answer).usage is None
    assert isinstance(text_of(answer), str)


def test_text_of_simple_answers() -> None:
    """Text is found where simple wrappers put it."""
    assert text_of("Hi") == text_of({"reply": "Hi"}) == text_of({"content": "Hi"}) == "Hi"
    assert text_of({"other": "Hi"}) == ""
