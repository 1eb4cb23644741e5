"""The threads in which chats run."""

import asyncio
import contextvars
import threading

import pytest

from example_app.chat_threads import ChatThreads, TooManyChatsError

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


def test_work_sees_the_callers_context() -> None:
    """What a request set is seen in its thread, and by no other."""

    async def both() -> list[str]:
        threads = ChatThreads(2)

        async def one(name: str) -> str:
            NAME.set(name)
            return await threads.run(NAME.get)

        return await asyncio.gather(one("a"), one("b"))

    assert asyncio.run(both()) == ["a", "b"]


def test_no_more_threads_than_allowed() -> None:
    """With all threads taken the next one is refused; a thread that ended makes room."""
    gate = threading.Event()

    async def three() -> None:
        threads = ChatThreads(2)
        busy = [asyncio.ensure_future(threads.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyChatsError):
            await threads.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*busy) == [True, True]
        assert await threads.run(gate.wait) is True

    asyncio.run(three())


def test_failure_of_the_work_is_the_callers() -> None:
    """An exception of the work is raised where it is waited for, and frees the thread."""

    def fail() -> None:
        raise ZeroDivisionError

    async def twice() -> None:
        threads = ChatThreads(1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await threads.run(fail)

    asyncio.run(twice())


def test_who_gives_up_waiting_stops_nothing() -> None:
    """A cancelled caller leaves its work to end by itself; the thread is free afterwards."""
    gate, ended = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait(10)
        ended.set()

    async def cancelled() -> None:
        threads = ChatThreads(1)
        waiting = asyncio.ensure_future(threads.run(work))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()

    asyncio.run(cancelled())
    assert ended.wait(10)
