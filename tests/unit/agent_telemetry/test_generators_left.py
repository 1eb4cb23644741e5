"""Model calls told by hand inside generators: one end and no context left attached."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from opentelemetry import trace

from agent_telemetry import ObservabilityStack
from agent_telemetry.operations.operation import current_operation
from tests.scrape import scraped

#: How a generator is left; Python itself closes one that is dropped or collected.
WAYS = {
    "exhaust": "completed",
    "break_and_drop": "aborted",
    "close": "aborted",
    "consumer_raises": "error",
    "stream_raises": "error",
    "cancel": "aborted",
    "collected_in_a_cycle": "aborted",
}


class ConsumerError(Exception):
    """What the reader raises."""


class Holder:
    """Keeps a generator in a cycle, so that only a collection finds it."""

    def __init__(self, pieces: Any) -> None:
        self.pieces = pieces
        self.me = self


def by_hand(stack: ObservabilityStack, error: BaseException | None = None) -> Iterator[str]:
    """A generator that streams inside a model call."""
    with stack.llm("gpt-4o-mini") as call:
        try:
            for piece in ("one", "two", "three"):
                call.chunk(1)
                yield piece
                if error is not None:
                    raise error
        finally:
            call.usage(input=10, output=3)


async def by_hand_async(
    stack: ObservabilityStack, error: BaseException | None = None
) -> AsyncIterator[str]:
    """The same, asynchronous."""
    with stack.llm("gpt-4o-mini") as call:
        try:
            for piece in ("one", "two", "three"):
                call.chunk(1)
                await asyncio.sleep(0)
                yield piece
                if error is not None:
                    raise error
        finally:
            call.usage(input=10, output=3)


def leave(pieces: Any, way: str) -> None:
    """Read a generator and leave it in one of the ways."""
    if way == "exhaust":
        assert list(pieces) == ["one", "two", "three"]
        return
    next(pieces)
    if way == "close":
        pieces.close()
    elif way == "consumer_raises":
        with pytest.raises(ConsumerError):
            pieces.throw(ConsumerError())
    elif way == "stream_raises":
        with pytest.raises(ConnectionError):
            next(pieces)
    elif way == "collected_in_a_cycle":
        Holder(pieces)


async def leave_async(pieces: Any, way: str) -> None:
    """Read an asynchronous generator and leave it in one of the ways."""
    if way == "exhaust":
        assert [piece async for piece in pieces] == ["one", "two", "three"]
        return
    if way == "cancel":
        task = asyncio.create_task(_read(pieces))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return
    await anext(pieces)
    if way == "close":
        await pieces.aclose()
    elif way == "consumer_raises":
        with pytest.raises(ConsumerError):
            await pieces.athrow(ConsumerError())
    elif way == "stream_raises":
        with pytest.raises(ConnectionError):
            await anext(pieces)
    elif way == "collected_in_a_cycle":
        Holder(pieces)


async def _read(pieces: Any) -> None:
    async for _piece in pieces:
        pass


def assert_told_once(stack: ObservabilityStack, spans: Any, way: str) -> None:
    """One call, one usage record, one outcome, one span below the reader's."""
    assert scraped(stack, "agent_stream_outcome_total", outcome=WAYS[way]) == 1
    assert scraped(stack, "agent_stream_outcome_total") == 1
    assert scraped(stack, "ai_model_calls_total") == 1
    assert scraped(stack, "agent_token_usage_count", type="input") == 1
    assert scraped(stack, "agent_tokens_total", kind="input") == 10
    assert stack.flush(5)
    found = {span.name: span for span in spans.get_finished_spans()}
    assert len(spans.get_finished_spans()) == 3
    outer = found["outer"].context.span_id
    assert found["chat gpt-4o-mini"].parent.span_id == outer
    assert found["afterwards"].parent.span_id == outer


@pytest.mark.parametrize("way", [way for way in WAYS if way != "cancel"])
def test_generator(stack: ObservabilityStack, spans: Any, way: str) -> None:
    """One span, one usage, one outcome; the reader's own span is the current one again."""
    error = ConnectionError("cut") if way == "stream_raises" else None
    with stack.chain("outer") as outer:
        pieces = by_hand(stack, error)
        leave(pieces, way)
        del pieces
        gc.collect()
        assert current_operation() is outer
        assert trace.get_current_span() is outer.span
        with stack.chain("afterwards"):
            pass
    assert current_operation() is None
    assert not trace.get_current_span().get_span_context().is_valid
    assert_told_once(stack, spans, way)


@pytest.mark.parametrize("way", WAYS)
def test_asynchronous_generator(stack: ObservabilityStack, spans: Any, way: str) -> None:
    """The same for asynchronous generators, which Python may close in a task of its own."""
    error = ConnectionError("cut") if way == "stream_raises" else None

    async def run() -> None:
        with stack.chain("outer") as outer:
            pieces = by_hand_async(stack, error)
            await leave_async(pieces, way)
            del pieces
            gc.collect()
            for _ in range(5):  # the event loop closes what was dropped
                await asyncio.sleep(0)
            assert current_operation() is outer
            assert trace.get_current_span() is outer.span
            with stack.chain("afterwards"):
                pass
        assert current_operation() is None
        assert not trace.get_current_span().get_span_context().is_valid

    asyncio.run(run())
    assert_told_once(stack, spans, way)
