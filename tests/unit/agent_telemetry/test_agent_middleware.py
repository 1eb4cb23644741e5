"""Guide A's chain of middlewares around an agent."""

import asyncio

import pytest

from agent_telemetry import MetricsMiddleware, MiddlewareChain
from agent_telemetry.guard import Guard
from tests.scrape import scraped


class Noting:
    """A middleware that writes down what it is asked."""

    def __init__(self, name: str, priority: int, notes: list[str]) -> None:
        self.name = name
        self.priority = priority
        self._notes = notes

    def on_agent_start(self, agent_id: str, template_id: str) -> None:
        self._notes.append(f"{self.name} start {agent_id} {template_id}")

    def on_agent_stop(self, agent_id: str, template_id: str) -> None:
        self._notes.append(f"{self.name} stop {agent_id}")

    def wrap_model_call(self, call, model):
        def made(prompt: str) -> str:
            self._notes.append(f"{self.name} before {model}")
            answer = call(prompt)
            self._notes.append(f"{self.name} after")
            return answer

        return made

    def wrap_tool_call(self, call, tool_name):
        return self.wrap_model_call(call, tool_name)


class Broken(Noting):
    """A middleware whose hooks raise."""

    def on_agent_start(self, agent_id: str, template_id: str) -> None:
        raise RuntimeError("hook")

    def wrap_model_call(self, call, model):
        raise RuntimeError("hook")


def test_lowest_priority_is_outermost() -> None:
    """Starts go from the outside in, stops from the inside out, calls around each other."""
    notes: list[str] = []
    chain = MiddlewareChain([Noting("inner", 50, notes), Noting("outer", 10, notes)])
    assert chain.names == ["outer", "inner"]
    chain.on_agent_start("support-1", "support")
    chain.on_agent_stop("support-1", "support")
    assert chain.wrap_model_call(str.upper, "gpt-4o")("hi") == "HI"
    assert notes == [
        "outer start support-1 support",
        "inner start support-1 support",
        "inner stop support-1",
        "outer stop support-1",
        "outer before gpt-4o",
        "inner before gpt-4o",
        "inner after",
        "outer after",
    ]


def test_a_name_is_in_a_chain_once() -> None:
    """A second middleware of one name is a clear error."""
    chain = MiddlewareChain([Noting("metrics", 10, [])])
    with pytest.raises(ValueError, match="metrics"):
        chain.add(Noting("metrics", 20, []))


def test_broken_middleware_is_passed_over() -> None:
    """The others are told and the call is made; the fault is counted."""
    faults: list[str] = []
    notes: list[str] = []
    chain = MiddlewareChain(
        [Broken("broken", 1, notes), Noting("good", 2, notes)], guard=Guard(on_fault=faults.append)
    )
    chain.on_agent_start("support-1", "support")
    assert chain.wrap_model_call(str.upper, "gpt-4o")("hi") == "HI"
    assert faults == ["middleware.broken"] * 2
    assert notes[0] == "good start support-1 support"


def test_metrics_are_the_outermost(stack, finished) -> None:
    """The middleware ``metrics`` (10): what the others cost is in its times."""
    chain = MiddlewareChain([Noting("cache", 20, []), MetricsMiddleware(stack)], guard=stack.guard)
    assert chain.names == ["metrics", "cache"]
    chain.on_agent_start("support-1", "support")
    assert scraped(stack, "agent_created_total") == 1
    assert scraped(stack, "agent_active_count") == 1
    chain.on_agent_stop("support-1", "support")
    assert scraped(stack, "agent_active_count") == 0

    def ask(prompt: str) -> dict:
        usage = {"prompt_tokens": 100, "completion_tokens": 20}
        return {"model": "gpt-4o", "choices": [], "usage": usage}

    chain.wrap_model_call(ask, "gpt-4o")("hi")
    assert chain.wrap_tool_call(str.upper, "find")("hi") == "HI"
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="prompt") == 100
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="success") == 1
    assert {"chat gpt-4o", "Tool.find"} <= finished().keys()


def test_failed_model_calls_count_as_model_call(stack, finished) -> None:
    """Where it failed is ``model_call``, why is the exception's class; it goes on."""

    async def ask(prompt: str) -> str:
        raise ConnectionError("gone")

    wrapped = MetricsMiddleware(stack).wrap_model_call(ask, "gpt-4o")
    with pytest.raises(ConnectionError):
        asyncio.run(wrapped("hi"))
    labels = {"error_type": "ConnectionError", "endpoint": "model_call"}
    assert scraped(stack, "errors_total", **labels) == 1
    assert scraped(stack, "agent_errors_total", error_type="ConnectionError") == 1
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 1
    assert finished()["chat gpt-4o"].attributes["error.where"] == "model_call"


def test_asynchronous_calls_stay_asynchronous(stack) -> None:
    """A coroutine function is wrapped by one, for models and for tools."""

    async def ask(prompt: str) -> str:
        await asyncio.sleep(0)
        return prompt

    middleware = MetricsMiddleware(stack)
    assert asyncio.run(middleware.wrap_model_call(ask, "gpt-4o")("hi")) == "hi"
    assert asyncio.run(middleware.wrap_tool_call(ask, "find")("hi")) == "hi"
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="success") == 1
