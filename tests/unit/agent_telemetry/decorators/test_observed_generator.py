"""Decorated generators: one span however they end, and no context left behind."""

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
from opentelemetry import trace

from agent_telemetry import monitor_request, trace_operation
from agent_telemetry.correlation import current_or_none
from tests.polling import wait_for
from tests.scrape import scraped


def nothing_attached() -> bool:
    """Whether no span and no request is current here."""
    return not trace.get_current_span().get_span_context().is_valid and current_or_none() is None


def numbers(stack):
    """Return a decorated generator that makes a span a step."""

    @monitor_request
    @trace_operation("numbers")
    def count(*, last: int) -> Iterator[int]:
        for each in range(last):
            with stack.chain(f"step {each}"):
                yield each

    return count


def requests(stack, status: str) -> float | None:
    """Read how the requests ended."""
    return scraped(stack, "agent_requests_total", endpoint="count", status=status)


def test_exhausted_generator_is_one_span_around_its_steps(stack, finished) -> None:
    """Everything inside is below its span; nothing is attached to the consumer."""
    found = []
    for each in numbers(stack)(last=3):
        assert nothing_attached()
        with stack.chain(f"consumer {each}"):
            found.append(each)
    spans = finished()
    assert found == [0, 1, 2]
    outer = spans["numbers"]
    for each in found:
        assert spans[f"step {each}"].parent.span_id == outer.context.span_id
        assert spans[f"consumer {each}"].parent is None
    assert outer.attributes["param.last"] == 3
    assert requests(stack, "success") == 1


def test_broken_off_and_closed_generators_end(stack, finished) -> None:
    """``break`` with an explicit ``close`` ends the span as it stands: no error."""
    generator = numbers(stack)(last=100)
    assert next(generator) == 0
    generator.close()
    assert finished()["numbers"].status.is_ok or finished()["numbers"].status.is_unset
    assert nothing_attached()
    assert requests(stack, "success") == 1
    assert scraped(stack, "agent_active_connections") == 0


def test_generator_that_is_never_begun_leaves_nothing(stack, finished) -> None:
    """A call alone runs nothing, as of any generator."""
    numbers(stack)(last=3).close()
    assert "numbers" not in finished()


def test_dropped_generator_ends(stack, finished) -> None:
    """A generator that nobody holds any more has ended, by a dropped reference or a collection."""
    for each in numbers(stack)(last=100):
        assert each == 0
        break
    wait_for(lambda: "numbers" in finished(), within=5, what="the dropped span", pause=0.01)

    class Ring:
        pass

    ring = Ring()
    ring.itself, ring.generator = ring, numbers(stack)(last=100)
    next(ring.generator)
    del ring
    gc.collect()
    scraped(stack, "agent_requests_total")
    assert requests(stack, "success") == 2
    assert nothing_attached()


def test_exception_inside_marks_it_and_goes_on(stack, finished) -> None:
    """What the generator raises passes; the span and the request are errors."""

    @monitor_request
    @trace_operation("numbers")
    def count() -> Iterator[int]:
        yield 1
        raise ValueError("ran out")

    with pytest.raises(ValueError, match="ran out"):
        list(count())
    assert finished()["numbers"].attributes["error.type"] == "ValueError"
    assert requests(stack, "error") == 1
    assert nothing_attached()


def test_send_throw_and_return_value_pass_through(stack) -> None:
    """The whole protocol of generators works as without the decorator."""

    @trace_operation("dialogue")
    def dialogue() -> Generator[str, str, int]:
        try:
            said = yield "hello"
            yield said.upper()
        except KeyError:
            yield "caught"
        return 42

    def driver() -> Generator[str, str, None]:
        results.append((yield from dialogue()))

    results: list[int] = []
    assert inspect.isgeneratorfunction(dialogue)
    first = driver()
    assert [next(first), first.send("you")] == ["hello", "YOU"]
    assert list(first) == []
    second = driver()
    next(second)
    assert second.throw(KeyError("x")) == "caught"
    assert list(second) == []
    assert results == [42, 42]


def later(stack):
    """Return a decorated asynchronous generator that makes a span a step."""

    @monitor_request
    @trace_operation("later")
    async def count(*, last: int) -> AsyncIterator[int]:
        for each in range(last):
            async with stack.chain(f"step {each}"):
                await asyncio.sleep(0)
                yield each

    return count


def test_async_generator_is_one_span_around_its_steps(stack, finished) -> None:
    """The same for ``async for``, with 50 of them at once in one loop."""

    async def consume() -> list[int]:
        found = []
        async for each in later(stack)(last=3):
            assert nothing_attached()
            found.append(each)
            await asyncio.sleep(0)
        return found

    async def main() -> list[list[int]]:
        return await asyncio.gather(*(consume() for _ in range(50)))

    assert asyncio.run(main()) == [[0, 1, 2]] * 50
    assert requests(stack, "success") == 50
    assert inspect.isasyncgenfunction(later(stack))
    outer = finished()["later"]
    assert outer.parent is not None


@pytest.mark.parametrize("how", ["aclose", "break", "dropped with the loop"])
def test_async_generator_ends_however_it_is_left(stack, finished, how) -> None:
    """Closed, broken off, or left to the loop's end: one span, no error, nothing attached."""

    async def main() -> None:
        generator = later(stack)(last=100)
        async for _ in generator:
            break
        if how == "aclose":
            await generator.aclose()
        elif how == "break":
            del generator
            gc.collect()
            await asyncio.sleep(0.01)
        else:
            keep.append(generator)
        assert nothing_attached()

    keep: list[object] = []
    asyncio.run(main())
    wait_for(lambda: "later" in finished(), within=5, what="the span", pause=0.01)
    assert requests(stack, "success") == 1
    assert requests(stack, "error") == 0


def test_cancelled_async_generator_ends(stack, finished) -> None:
    """A consumer that is cancelled while it waits ends the span; the request was left."""

    @monitor_request
    @trace_operation("later")
    async def count() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(60)
        yield 2

    async def consume() -> None:
        async for _ in count():
            pass

    async def main() -> None:
        task = asyncio.create_task(consume())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert "later" in finished()
    assert requests(stack, "client_error") == 1


def test_async_exceptions_both_ways(stack, finished) -> None:
    """``athrow`` reaches the generator, and what it raises reaches the consumer."""

    @trace_operation("later")
    async def count() -> AsyncIterator[str]:
        try:
            yield "first"
        except KeyError:
            yield "caught"
        raise ValueError("ran out")

    async def main() -> None:
        generator = count()
        assert await anext(generator) == "first"
        assert await generator.athrow(KeyError("x")) == "caught"
        with pytest.raises(ValueError, match="ran out"):
            await anext(generator)

    asyncio.run(main())
    assert finished()["later"].attributes["error.type"] == "ValueError"


def test_tasks_started_inside_are_below_the_span(stack, finished) -> None:
    """Work that an asynchronous generator starts has its span as parent."""

    async def work() -> None:
        async with stack.chain("task"):
            await asyncio.sleep(0)

    @trace_operation("later")
    async def count() -> AsyncIterator[int]:
        await asyncio.create_task(work())
        yield 1

    async def main() -> None:
        async for _ in count():
            pass

    asyncio.run(main())
    spans = finished()
    assert spans["task"].parent.span_id == spans["later"].context.span_id
