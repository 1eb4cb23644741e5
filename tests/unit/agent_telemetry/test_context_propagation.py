"""Spans and ids in other threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent_telemetry import ContextThreadPoolExecutor, carry_context


def test_executor_keeps_the_parent_of_each_submitter(stack, finished) -> None:
    """50 threads submit to one pool at once: every span is below its submitter's, ids too."""
    start = threading.Barrier(50)

    def work(number: int) -> None:
        with stack.chain(f"inner {number}"):
            stack.logger.info("inside")

    with ContextThreadPoolExecutor(8) as pool:

        def submit(number: int) -> None:
            start.wait()
            with stack.agent("support", tenant_id=f"t{number}"), stack.chain(f"outer {number}"):
                pool.submit(work, number).result()
                list(pool.map(work, [number + 1000, number + 2000]))

        threads = [threading.Thread(target=submit, args=(number,)) for number in range(50)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    spans = finished()
    for number in range(50):
        outer = spans[f"outer {number}"]
        for inner in (number, number + 1000, number + 2000):
            assert spans[f"inner {inner}"].parent.span_id == outer.context.span_id


def test_wrapped_function_carries_the_context_into_a_thread(stack, finished, log_lines) -> None:
    """``stack.wrap`` binds the moment of wrapping; name, arguments and answer stay."""

    def work(number: int, *, twice: bool) -> int:
        """Work."""
        with stack.chain("inner"):
            stack.logger.info("inside")
            return number * 2 if twice else number

    with stack.agent("support", tenant_id="acme"), stack.chain("outer"):
        wrapped = stack.wrap(work)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(wrapped, 21, twice=True).result() == 42
    assert (wrapped.__name__, wrapped.__doc__) == ("work", "Work.")
    spans = finished()
    assert spans["inner"].parent.span_id == spans["outer"].context.span_id
    line = next(line for line in log_lines() if line["message"] == "inside")
    assert line["tenant_id"] == "acme"


def test_one_wrapped_function_may_run_in_many_threads_at_once(stack) -> None:
    """A context can be entered once at a time: each call has its own copy."""
    both = threading.Barrier(2, timeout=10)
    with stack.chain("outer"):
        wrapped = carry_context(both.wait)
    with ThreadPoolExecutor(2) as pool:
        assert {pool.submit(wrapped).result, pool.submit(wrapped).result}
    assert both.n_waiting == 0


def test_run_in_executor_works_with_it(stack, finished) -> None:
    """The loop's own executor call keeps the parent as well."""

    def work() -> None:
        with stack.chain("inner"):
            pass

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ContextThreadPoolExecutor(1) as pool:
            async with stack.chain("outer"):
                await loop.run_in_executor(pool, work)

    asyncio.run(main())
    spans = finished()
    assert spans["inner"].parent.span_id == spans["outer"].context.span_id


def test_errors_come_back_as_they_are() -> None:
    """What the work raises is raised by the future."""

    def fails() -> None:
        raise ValueError("mine")

    with ContextThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="mine"):
        pool.submit(fails).result()
