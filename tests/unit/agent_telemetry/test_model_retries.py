"""Retries, waits and fallbacks of model calls, each counted with its reason."""

import pytest

from tests.scrape import scraped


def test_retry_is_counted_with_its_reason(stack, finished) -> None:
    """Each retry counts by model and reason and leaves an event on the call's span."""
    with stack.llm("gpt-4o") as call:
        call.retried("server_error", wait_seconds=0.5)
        call.retried("rate_limit_exceeded", wait_seconds=2)
    labels = {"model": "gpt-4o"}
    assert scraped(stack, "agent_model_retries_total", reason="server_error", **labels) == 1
    assert scraped(stack, "agent_model_retries_total", reason="rate_limit_exceeded", **labels) == 1
    events = finished()["chat gpt-4o"].events
    assert [event.name for event in events] == ["llm.retry", "llm.retry"]
    assert events[1].attributes == {"reason": "rate_limit_exceeded", "wait_seconds": 2}


@pytest.mark.parametrize(
    ("reason", "waited"),
    [
        ("rate_limit", 3), ("rate_limit_exceeded", 3), ("RateLimitError", 3), ("429", 3),
        ("RESOURCE_EXHAUSTED", 3), ("ThrottlingException", 3), ("timeout", None), ("500", None),
        ("connection_error", None), ("overloaded_error", None),
    ],
)  # fmt: skip
def test_only_waits_for_a_rate_limit_are_the_providers_limit(stack, reason, waited) -> None:
    """A pause after another failure is no wait for a rate limit."""
    with stack.llm("gpt-4o") as call:
        call.retried(reason, wait_seconds=1)
        call.retried(reason, wait_seconds=2)
    assert scraped(stack, "agent_rate_limit_wait_seconds_total", model="gpt-4o") == waited


def test_retry_may_be_told_after_the_end(stack, finished) -> None:
    """Who learns of the retry when the failed attempt is over says so then; nothing breaks."""
    with pytest.raises(ConnectionError), stack.llm("gpt-4o") as call:
        raise ConnectionError
    call.retried("ConnectionError", wait_seconds=1)
    call.fell_back("ConnectionError")
    assert scraped(stack, "agent_model_retries_total", reason="ConnectionError") == 1
    assert finished()["chat gpt-4o"].events[0].name == "exception"


def test_fallback_is_counted_for_the_model_that_was_left(stack, finished) -> None:
    """The model that gave way is the one with the fallback."""
    with stack.llm("gpt-4o") as call:
        call.fail("overloaded_error")
        call.fell_back("overloaded_error")
    with stack.llm("gpt-4o-mini"):
        pass
    labels = {"model": "gpt-4o", "reason": "overloaded_error"}
    assert scraped(stack, "agent_model_fallbacks_total", **labels) == 1
    assert scraped(stack, "agent_model_fallbacks_total", model="gpt-4o-mini") is None
    assert finished()["chat gpt-4o"].events[-1].name == "llm.fallback"


def test_reasons_are_bounded(stack) -> None:
    """A thousand reasons are a hundred and `other`."""
    with stack.llm("gpt-4o") as call:
        for number in range(1000):
            call.retried(f"reason {number}")
    assert scraped(stack, "agent_model_retries_total", reason="other") == 900
    assert scraped(stack, "agent_model_retries_total") == 1000


def test_tokens_by_kind(stack) -> None:
    """Cache reads and writes are part of input, reasoning of output, each told on its own."""
    with stack.llm("claude-sonnet-4", provider="anthropic") as call:
        call.usage(input=1000, output=300, cached=400, cache_write=100, reasoning=200)
    found = {
        kind: scraped(stack, "agent_tokens_total", provider="anthropic", kind=kind)
        for kind in ("input", "output", "cache_read", "cache_write", "reasoning")
    }
    assert found == {
        "input": 1000, "output": 300, "cache_read": 400, "cache_write": 100, "reasoning": 200,
    }  # fmt: skip
