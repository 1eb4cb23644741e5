"""What a type checker must know of decorated functions; checked, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from agent_telemetry import (
    ContextThreadPoolExecutor,
    Span,
    Tracer,
    carry_context,
    create_observability_stack,
    monitor_request,
    trace_operation,
)

stack = create_observability_stack("typed")


@monitor_request
def plain(question: str, *, limit: int = 3) -> list[str]:
    """Return something."""
    return [question] * limit


@monitor_request(endpoint="/chat")
async def chat(question: str) -> str:
    """Return something later."""
    return question


@trace_operation("numbers", kind="chain")
def numbers(last: int) -> Iterator[int]:
    """Yield something."""
    yield from range(last)


@trace_operation("later")
async def later(last: int) -> AsyncIterator[int]:
    """Yield something later."""
    yield last


async def use() -> None:
    """Use everything with its types."""
    assert_type(plain("a", limit=1), list[str])
    assert_type(await chat("a"), str)
    assert_type(numbers(3), Iterator[int])
    assert_type(later(3), AsyncIterator[int])
    assert_type(carry_context(plain)("a", limit=1), list[str])
    assert_type(stack.wrap(len)([1]), int)
    with ContextThreadPoolExecutor() as pool:
        assert_type(pool.submit(plain, "a").result(), list[str])
    with Tracer("typed").start_span("step") as span:
        assert_type(span, Span)
    plain(1)  # type: ignore[arg-type]
    plain("a", unknown=1)  # type: ignore[call-arg]
