"""One recorded model call: a span, metrics, the cost and one JSON line."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.model_call_floor import (
    ANSWERED,
    CACHED,
    INPUT,
    MODEL,
    OUTPUT,
    PROVIDER,
    TENANT,
    ModelCallFloor,
)
from tests.bench.model_call_peers import (
    langfuse_call,
    logfire_call,
    openinference_call,
    util_genai_call,
)
from tests.bench.outlets import our_stack
from tests.bench.rounds import Contestant, timed

CALLS = 100


def contestants(ending: ExitStack, folder: Path) -> list[Contestant]:
    """Build everybody who takes part; ``ending`` takes what must be closed."""
    by_hand = ModelCallFloor(ending, folder)
    return [
        Contestant(
            name="floor: span, five metric writes by labels(), JSON line",
            records="span, metrics, cost, line",
            run=timed(by_hand.whole),
            role="floor",
        ),
        _part("floor with bound children", "span, metrics, cost, line", by_hand.bound),
        _part("floor: span and metrics", "span, metrics, cost", by_hand.span_and_metrics),
        _part("floor: span alone", "span", by_hand.span_alone),
        Contestant(
            name="agent_telemetry",
            records="span, 15 metric writes, cost, ledger, redaction, line",
            run=timed(_ours(ending, folder)),
            role="ours",
        ),
        Contestant(
            name="opentelemetry-util-genai",
            records="span, 3 metric points",
            run=timed(util_genai_call(ending)),
            against="floor: span and metrics",
        ),
        Contestant(
            name="openinference",
            records="span",
            run=timed(openinference_call(ending)),
            against="floor: span alone",
        ),
        Contestant(
            name="langfuse",
            records="span",
            run=timed(langfuse_call(ending)),
            against="floor: span alone",
        ),
        Contestant(
            name="logfire",
            records="span",
            run=timed(logfire_call(ending)),
            against="floor: span alone",
        ),
    ]


def _part(name: str, records: str, once: Callable[[], None]) -> Contestant:
    """Return a floor of its own, for those who record no more than it."""
    return Contestant(name=name, records=records, run=timed(once), role="floor", against=name)


def _ours(ending: ExitStack, folder: Path) -> Callable[[], None]:
    stack = our_stack(ending, folder)
    more = {"gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": 500}

    def once() -> None:
        with stack.llm(MODEL, provider=PROVIDER, tenant_id=TENANT, **more) as call:
            call.response_model(ANSWERED)
            call.finish_reason("stop")
            call.set("gen_ai.response.id", "chatcmpl-1")
            call.usage(input=INPUT, output=OUTPUT, cached=CACHED)

    return once
