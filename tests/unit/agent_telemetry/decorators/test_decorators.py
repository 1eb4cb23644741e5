"""Decorators: each call told once, the function otherwise as it was."""

import asyncio
import inspect

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from agent_telemetry import monitor_request, trace_operation
from tests.scrape import scraped


def requests(stack, **labels: str) -> float | None:
    """Read how many requests were counted."""
    return scraped(stack, "agent_requests_total", **labels)


def test_plain_function_is_a_post_of_its_name(stack, log_lines, finished) -> None:
    """Counted, timed, traced and logged once, with the guides' values; the answer is its own."""

    @monitor_request
    def answer(question: str) -> str:
        """Answer."""
        return question.upper()

    assert answer("hello") == "HELLO"
    assert (answer.__name__, answer.__doc__) == ("answer", "Answer.")
    told = {"method": "POST", "endpoint": "answer", "tenant_id": "unknown"}
    assert requests(stack, status="success", **told) == 1
    assert requests(stack, status="error", **told) == 0
    assert scraped(stack, "agent_request_duration_seconds_count", **told) == 1
    assert scraped(stack, "agent_active_connections") == 0
    (line,) = [line for line in log_lines() if line.get("event") == "request_end"]
    assert (line["endpoint"], line["status"]) == ("answer", "success")
    assert line["request_id"]
    assert "answer" in finished()


def test_tenant_is_found_among_the_arguments(stack, log_lines) -> None:
    """By name or by position; another default is ``stack.bind`` inside."""

    @monitor_request(method="GET", endpoint="/orders")
    def orders(limit: int, tenant_id: str | None = None) -> int:
        stack.logger.info("inside")
        return limit

    orders(1, "acme")
    orders(2, tenant_id="vip")
    orders(3)
    for tenant in ("acme", "vip", "unknown"):
        assert requests(stack, method="GET", endpoint="/orders", tenant_id=tenant) == 1
    inside = [line.get("tenant_id") for line in log_lines() if line["message"] == "inside"]
    assert inside == ["acme", "vip", None]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), "error"),
        (HTTPException(404), "client_error"),
        (HTTPException(429), "rejected"),
        (HTTPException(503), "error"),
    ],
)
def test_exception_counts_and_goes_on(stack, log_lines, error, status) -> None:
    """An exception passes unchanged; it is an error by its status code where it has one."""

    @monitor_request
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        fails()
    assert raised.value is error
    assert requests(stack, endpoint="fails", status=status) == 1
    counted = scraped(stack, "errors_total", endpoint="fails", error_type=type(error).__name__)
    assert counted == (1 if status == "error" else None)
    (line,) = [line for line in log_lines() if line.get("event") == "request_end"]
    assert line["status"] == status


def test_coroutines_are_timed_to_their_end_and_do_not_mix(stack, log_lines) -> None:
    """200 calls at once: each has its own request id and tenant to the end."""

    @monitor_request
    async def chat(number: int, tenant_id: str) -> int:
        await asyncio.sleep(0.001)
        stack.logger.info("inside", session_id=tenant_id)
        return number

    async def main() -> list[int]:
        return await asyncio.gather(*(chat(each, tenant_id=f"t{each}") for each in range(200)))

    assert inspect.iscoroutinefunction(chat)
    assert asyncio.run(main()) == list(range(200))
    assert requests(stack, endpoint="chat", status="success") == 200
    inside = [line for line in log_lines() if line["message"] == "inside"]
    assert all(line["tenant_id"] == line["session_id"] for line in inside)
    assert len({line["request_id"] for line in inside}) == 200
    ends = [line for line in log_lines() if line.get("event") == "request_end"]
    assert {line["request_id"] for line in ends} == {line["request_id"] for line in inside}


def test_cancelled_coroutine_counts_as_gone_away(stack) -> None:
    """A caller that leaves is no error of the agent's."""

    @monitor_request
    async def chat() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(chat())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert requests(stack, endpoint="chat", status="client_error") == 1
    assert scraped(stack, "errors_total", endpoint="chat") is None
    assert scraped(stack, "agent_active_connections") == 0


def test_request_of_the_middleware_counts_once(stack) -> None:
    """A decorated handler of an instrumented app is a step of its request, not a second one."""
    app = FastAPI()

    @app.post("/chat")
    @monitor_request
    def chat(tenant_id: str) -> str:
        return inner(tenant_id)

    @monitor_request
    def inner(tenant_id: str) -> str:
        return tenant_id

    stack.instrument(app)
    with TestClient(app) as client:
        assert client.post("/chat?tenant_id=acme").json() == "acme"
    assert requests(stack) == 1
    assert requests(stack, endpoint="/chat") == 1
    inner("acme")
    assert requests(stack, endpoint="inner", tenant_id="acme") == 1


def test_operation_has_its_keyword_arguments(stack, finished) -> None:
    """Simple keyword arguments become attributes; the rest is left out."""

    @trace_operation("price order", kind="tool")
    def price(order: int, *, currency: str, rounded: bool, rate: float, lines: list[int]) -> int:
        return order

    assert price(7, currency="EUR", rounded=True, rate=1.5, lines=[1]) == 7
    attributes = finished()["price order"].attributes
    found = {key: value for key, value in attributes.items() if key.startswith("param.")}
    assert found == {"param.currency": "EUR", "param.rounded": True, "param.rate": 1.5}
    assert scraped(stack, "agent_tool_calls_total", tool_name="price order", status="success") == 1


def test_operation_redacts_what_it_keeps(stack, finished) -> None:
    """Secrets by name are hidden, personal data in texts is masked, texts are cut."""
    long = "x" * 90 + " 4111 1111 1111 1111 and more"

    @trace_operation("ask")
    def ask(**given: str) -> None:
        assert given["api_key"] == "abc"

    ask(api_key="abc", question="mail ann@example.org please", note=long)
    attributes = finished()["ask"].attributes
    assert "abc" not in str(attributes["param.api_key"])
    assert "ann@example.org" not in attributes["param.question"]
    assert "4111" not in attributes["param.note"]
    assert len(attributes["param.note"]) <= 100


def test_methods_of_every_sort_work(stack, finished) -> None:
    """Methods, class methods and static methods, decorated inside or outside."""

    class Shop:
        @trace_operation("method")
        def method(self, *, a: int) -> tuple[object, int]:
            return self, a

        @classmethod
        @trace_operation("class inner")
        def inner(cls) -> type:
            return cls

        @trace_operation("class outer")
        @classmethod
        def outer(cls) -> type:
            return cls

        @trace_operation("static outer")
        @staticmethod
        def static(a: int) -> int:
            return a

    shop = Shop()
    assert shop.method(a=1) == (shop, 1)
    assert (shop.inner(), Shop.outer(), shop.static(3)) == (Shop, Shop, 3)
    assert {"method", "class inner", "class outer", "static outer"} <= finished().keys()


def test_without_a_stack_the_function_just_runs(stack) -> None:
    """Before a stack is made, and after it is shut down, nothing is told and nothing breaks."""

    @monitor_request
    @trace_operation("step")
    def run(number: int) -> int:
        return number

    @trace_operation("items")
    def items() -> object:
        yield 1
        yield 2

    @trace_operation("later items")
    async def later() -> object:
        yield 1

    stack.shutdown()
    assert run(3) == 3
    assert list(items()) == [1, 2]

    async def collect() -> list[int]:
        return [each async for each in later()]

    assert asyncio.run(collect()) == [1]
    assert requests(stack, endpoint="run") is None


def test_stack_that_is_named_is_told(make_stack) -> None:
    """``stack=`` decides where there are several; otherwise it is the latest."""
    first, second = make_stack(), make_stack()

    @monitor_request(stack=first)
    def named() -> None: ...

    @monitor_request
    def latest() -> None: ...

    named()
    latest()
    assert requests(first, endpoint="named") == 1
    assert requests(second, endpoint="latest") == 1
    assert requests(second, endpoint="named") is None
    second.shutdown()
    latest()
    assert requests(first, endpoint="latest") == 1
