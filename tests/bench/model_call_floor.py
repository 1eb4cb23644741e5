"""One recorded model call, written by hand: what the library and its peers are compared with."""

import time
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path

import orjson
from opentelemetry.trace import Span, SpanKind
from prometheus_client import CollectorRegistry, Counter, Histogram

from tests.bench.outlets import provider

MODEL, ANSWERED, PROVIDER, TENANT = "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "openai", "acme"
INPUT, OUTPUT, CACHED = 812, 143, 100
#: US dollars a token, as the price table has them.
PRICE_IN, PRICE_OUT, PRICE_CACHED = 0.15e-6, 0.60e-6, 0.075e-6


class ModelCallFloor:
    """What one would write without a library, with prometheus-client, the SDK and orjson."""

    def __init__(self, ending: ExitStack, folder: Path) -> None:
        self._tracer = provider(ending).get_tracer("floor")
        self._file = ending.enter_context((folder / "floor.jsonl").open("wb"))
        registry = CollectorRegistry()
        self._calls = Counter("calls", "Calls.", ["model", "status"], registry=registry)
        self._seconds = Histogram("seconds", "Time.", ["model"], registry=registry)
        self._tokens = Counter("tokens", "Tokens.", ["model", "type"], registry=registry)
        self._cost = Counter("cost", "USD.", ["model", "tenant"], registry=registry)
        self._children = (
            self._calls.labels(MODEL, "success"),
            self._seconds.labels(MODEL),
            self._tokens.labels(MODEL, "prompt"),
            self._tokens.labels(MODEL, "completion"),
            self._cost.labels(MODEL, TENANT),
        )

    def whole(self) -> None:
        with self._span() as span:
            seconds, cost = self._told(span)
            self._write(seconds, cost)
            self._line(span, seconds, cost)

    def bound(self) -> None:
        calls, times, prompt, completion, dollars = self._children
        with self._span() as span:
            seconds, cost = self._told(span)
            calls.inc()
            times.observe(seconds)
            prompt.inc(INPUT)
            completion.inc(OUTPUT)
            dollars.inc(cost)
            self._line(span, seconds, cost)

    def span_and_metrics(self) -> None:
        with self._span() as span:
            self._write(*self._told(span))

    def span_alone(self) -> None:
        with self._span() as span:
            self._told(span)

    def _span(self) -> AbstractContextManager[Span]:
        self._began = time.perf_counter()
        start = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": MODEL,
            "gen_ai.request.temperature": 0.2,
            "gen_ai.request.max_tokens": 500,
            "tenant.id": TENANT,
        }
        return self._tracer.start_as_current_span(
            f"chat {MODEL}", kind=SpanKind.CLIENT, attributes=start
        )

    def _told(self, span: Span) -> tuple[float, float]:
        cost = (INPUT - CACHED) * PRICE_IN + CACHED * PRICE_CACHED + OUTPUT * PRICE_OUT
        span.set_attribute("gen_ai.response.model", ANSWERED)
        span.set_attribute("gen_ai.response.finish_reasons", ("stop",))
        span.set_attributes(
            {
                "gen_ai.response.id": "chatcmpl-1",
                "gen_ai.usage.input_tokens": INPUT,
                "gen_ai.usage.output_tokens": OUTPUT,
                "gen_ai.usage.cache_read.input_tokens": CACHED,
                "cost.amount": cost,
                "cost.currency": "USD",
            }
        )
        return time.perf_counter() - self._began, cost

    def _write(self, seconds: float, cost: float) -> None:
        self._calls.labels(model=MODEL, status="success").inc()
        self._seconds.labels(model=MODEL).observe(seconds)
        self._tokens.labels(model=MODEL, type="prompt").inc(INPUT)
        self._tokens.labels(model=MODEL, type="completion").inc(OUTPUT)
        self._cost.labels(model=MODEL, tenant=TENANT).inc(cost)

    def _line(self, span: Span, seconds: float, cost: float) -> None:
        context = span.get_span_context()
        fields = {
            "timestamp": datetime.now(UTC).isoformat(),
            "level": "INFO",
            "message": f"llm {MODEL} ok in {seconds:.3f} s",
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
            "tenant_id": TENANT,
            "model": MODEL,
            "provider": PROVIDER,
            "status": "ok",
            "duration_seconds": seconds,
            "tokens_input": INPUT,
            "tokens_output": OUTPUT,
            "cost_usd": cost,
        }
        self._file.write(orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()
