"""A small agent behind HTTP, to be served by several workers."""

import asyncio
import os

from fastapi import FastAPI

from agent_telemetry import create_observability_stack

stack = create_observability_stack("worker-test")
stack.metrics.track("agent_pool_max_size", lambda: 8)
stack.metrics.gauge("own_gauge", "Of the host's own.").set(1)
app = FastAPI()
stack.instrument(app)


@app.post("/work")
async def work(user: str, tenant: str = "acme") -> dict[str, int]:
    """Run an agent that calls a model and a tool."""
    stack.bind(user_id=user, tenant_id=tenant)
    with stack.agent("support"):
        stack.metrics.cache_request("answers", hit=False, tenant_id=tenant)
        with stack.llm("gpt-4o", provider="openai") as call:
            await asyncio.sleep(0)
            call.usage(input=1000, output=100)
        with stack.tool("lookup_order"):
            stack.metrics.counter("own_total", "Of the host's own.").inc(labels={"kind": "a"})
    stack.metrics.set("agent_data_accuracy_ratio", 0.75, benchmark="orders")
    return {"pid": os.getpid()}


@app.post("/wait")
async def wait(seconds: float) -> dict[str, int]:
    """Be in flight for a while."""
    await asyncio.sleep(seconds)
    return {"pid": os.getpid()}
