"""Endpoints whose work hangs: the host's own threads, loop and end are left alone."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from agent_telemetry.asgi.beside import MOST_AT_ONCE, Beside, BusyError

POLLS = 50


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """What hangs is let go at the end."""
    event = threading.Event()
    yield event
    event.set()


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An app without endpoints of its own."""
    del scope, receive
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def hang_ready(stack: Any, over: threading.Event) -> None:
    """Add a check that hangs."""
    stack.readiness("database", lambda: over.wait(60))


def hang_scrape(stack: Any, over: threading.Event) -> None:
    """Add something that hangs at each scrape."""
    stack.metrics.track("agent_queue_length", lambda: float(over.wait(60)))


def hang_report(stack: Any, over: threading.Event) -> None:
    """Make the views hang."""
    stack.system.get_system_info = lambda: {"waited": over.wait(60)}


@pytest.mark.parametrize(
    ("path", "hang"),
    [("/ready", hang_ready), ("/metrics", hang_scrape), ("/health/detailed", hang_report)],
)
def test_polls_of_what_hangs_cost_the_host_no_thread(stack, over, path, hang) -> None:
    """Of fifty polls four wait, the others get a 503 at once; the host's own pool is free."""
    hang(stack, over)
    before = threading.active_count()

    async def poll() -> tuple[list[int], int, int]:
        transport = httpx.ASGITransport(stack.asgi(nothing))
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            async with asyncio.timeout(30):
                polls = [asyncio.create_task(client.get(path)) for _ in range(POLLS)]
                early = []
                for answer in asyncio.as_completed(polls):
                    early.append((await answer).status_code)
                    if len(early) == POLLS - MOST_AT_ONCE:
                        break
                threads = threading.active_count() - before
                health = (await client.get("/health")).status_code
                assert await asyncio.to_thread(lambda: "free") == "free"
                over.set()
                await asyncio.gather(*polls)
                assert (await client.get(path)).status_code == 200
                return early, threads, health

    early, threads, health = asyncio.run(poll())
    assert early == [503] * (POLLS - MOST_AT_ONCE)
    assert threads == MOST_AT_ONCE
    assert health == 200


def test_answers_and_errors_come_back() -> None:
    """What a function returns or raises reaches whoever asked, and the place is free again."""

    async def ask() -> None:
        beside = Beside(1)
        for _ in range(3):
            assert await beside.run(max, 1, 2) == 2
            with pytest.raises(ValueError, match="mine"):
                await beside.run(fails)

    def fails() -> None:
        raise ValueError("mine")

    asyncio.run(ask())


def test_whoever_leaves_keeps_the_place_until_the_work_is_done(over) -> None:
    """A caller that is cancelled does not make room for one more thread that hangs."""

    async def ask() -> None:
        beside = Beside(1)
        first = asyncio.create_task(beside.run(over.wait, 60))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(BusyError):
            await beside.run(max, 1, 2)
        over.set()
        async with asyncio.timeout(30):
            while True:
                try:
                    assert await beside.run(max, 1, 2) == 2
                except BusyError:
                    await asyncio.sleep(0)
                else:
                    return

    asyncio.run(ask())


PROGRAM = """
import asyncio, threading
from agent_telemetry.asgi.beside import Beside

async def main():
    asyncio.create_task(Beside().run(threading.Event().wait))
    await asyncio.sleep(0)

asyncio.run(main())
print("end")
"""


def test_a_process_ends_while_something_hangs() -> None:
    """Nobody waits for a thread that never comes back."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "end\n"
