"""Ten thousand traces in the file of a console, as the sample agent makes them."""

import random
import time
from pathlib import Path

from agent_telemetry.console.store.store import ConsoleStore, console_path
from agent_telemetry.console.store.trace_row import Span

_BATCH = 250
_STAGES = ("auth_check", "rate_limit", "check_cache", "prepare_request", "wait_for_agent")
_CALLS = ("call_llm", "chat gpt-4o-mini", "HTTP POST", "parse_response", "Tool.lookup_order")


def fill(state: Path, service: str, count: int) -> None:
    """Write traces of the last hours, the newest last.

    Args:
        state: the state folder of the agent that will be started.
        service: its name.
        count: how many traces.
    """
    store = ConsoleStore(console_path(state, service))
    chance = random.Random(7)
    first = time.time() - 6 * 3600
    numbers = range(count)
    for begin in range(0, count, _BATCH):
        batch = []
        for number in numbers[begin : begin + _BATCH]:
            start = round((first + number * 6 * 3600 / count) * 1e6)
            batch.append((f"{number:032x}", "POST /chat", _trace(number, start, chance)))
        store.add(batch, [])
    store.close()


def _trace(number: int, start: int, chance: random.Random) -> list[Span]:
    """Return the 16 spans of one chat."""
    failed = chance.random() < 0.02
    root = _span(f"{number:08x}{0:08x}", "POST /chat", start, 800_000)
    root["status"] = "error" if failed else "ok"
    root["attributes"] = {
        "http.route": "/chat",
        "http.request.method": "POST",
        "request.id": f"r-{number}",
        "tenant.id": chance.choice(["acme", "globex", "initech"]),
    }
    spans = [root]
    for index, name in enumerate((*_STAGES, *_CALLS, *_CALLS)):
        kind = "llm" if name.startswith("chat ") else "tool" if name.startswith("Tool") else "chain"
        each = _span(
            f"{number:08x}{index + 1:08x}",
            name,
            start + index * 50_000,
            chance.randrange(50, 400_000),
        )
        each |= {"parent": root["id"], "kind": kind}
        if kind == "llm":
            each |= {"model": "gpt-4o-mini", "units": chance.randrange(10**8)}
            each |= {"tokens_input": 450, "tokens_output": 40}
            each["attributes"] = {"gen_ai.provider.name": "openai", "llm.model": "gpt-4o-mini"}
        spans.append(each)
    return spans


def _span(span_id: str, name: str, start: int, micros: int) -> Span:
    return {
        "id": span_id, "parent": "", "name": name, "kind": "chain", "start": start,
        "micros": micros, "status": "ok", "model": None, "units": 0, "tokens_input": 0,
        "tokens_output": 0, "attributes": {}, "events": [],
    }  # fmt: skip
