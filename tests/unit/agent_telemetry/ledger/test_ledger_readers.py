"""Who reads the ledger: scrapes of a service, and others while it is written."""

import asyncio
import threading

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent_telemetry import Metrics
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.ledger import Ledger


def test_requests_and_model_calls_reach_the_scrape(make_stack, tmp_path) -> None:
    """`/metrics` shows the users and the money of the requests that the service answered."""
    stack = make_stack(state_dir=tmp_path / "state")

    async def chat(request: Request) -> Response:
        stack.bind(user_id=request.query_params.get("user"), tenant_id="acme")
        if "free" not in request.query_params:
            with stack.agent("support"), stack.llm("gpt-4o") as call:
                call.usage(input=1000, output=0)
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/chat", chat)])
    stack.instrument(app)

    async def visit() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for query in ("user=ann", "user=ann", "user=bob&free", "user=cid", ""):
                assert (await client.get(f"/chat?{query}")).text == "ok"
            return (await client.get("/metrics")).text

    lines = asyncio.run(visit()).splitlines()
    assert "agent_daily_active_users 3.0" in lines
    assert "agent_monthly_active_users 3.0" in lines
    assert "agent_daily_cost_usd 0.01" in lines
    by_user = [line for line in lines if line.startswith("agent_cost_per_user_usd{")]
    assert sorted(line.split()[1] for line in by_user) == ["0.0025", "0.0025", "0.005"]
    assert 'agent_cost_per_user_usd{user_id="other"} 0.0025' in lines
    assert stack.ledger.spent("template", "hour") == {"support": 0.01}
    assert stack.ledger.spent("tenant", "month") == {"acme": 0.01}


def test_a_reader_sees_each_amount_once(tmp_path) -> None:
    """While amounts move from memory to disk, no reading misses one or counts one twice."""
    ledger = Ledger(
        tmp_path / "a.sqlite3", metrics=Metrics(), guard=Guard(strict=True), interval=0.002
    )
    booked, done, wrong = [0], threading.Event(), []

    def read() -> None:
        while not done.is_set():
            least = booked[0]
            balance = ledger.balance("day", ("tenant", "acme"), wait=5)
            today = ledger.spent_today()
            most = booked[0] + 1  # one may be booked and not be noted here yet
            if not (least <= balance <= most and least <= today <= most):
                wrong.append((least, balance, today, most))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(10_000):
        ledger.spend(1, model="gpt-4o", tenant_id="acme")
        booked[0] += 1
    done.set()
    for reader in readers:
        reader.join(30)
    assert wrong == []
    assert ledger.flush(10)
    assert ledger.spent_today() == 10_000
    ledger.close(5)
