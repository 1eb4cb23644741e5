"""One model call, as other libraries record it; each told what it can be told."""

from collections.abc import Callable
from contextlib import ExitStack

import langfuse
import logfire
from openinference.instrumentation import (
    OITracer,
    TraceConfig,
    get_llm_attributes,
    get_span_kind_attributes,
)
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.genai.handler import TelemetryHandler

from tests.bench.model_call_floor import (
    ANSWERED,
    CACHED,
    INPUT,
    MODEL,
    OUTPUT,
    PROVIDER,
    TENANT,
)
from tests.bench.outlets import Nowhere, provider


def util_genai_call(ending: ExitStack) -> Callable[[], None]:
    """OpenTelemetry's own utility for such calls: span and metric points."""
    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    ending.callback(meters.shutdown)
    handler = TelemetryHandler(
        tracer_provider=provider(ending),
        meter_provider=meters,
        logger_provider=LoggerProvider(),
    )

    def once() -> None:
        with handler.inference(PROVIDER, request_model=MODEL) as call:
            call.temperature = 0.2
            call.max_tokens = 500
            call.response_model_name = ANSWERED
            call.response_id = "chatcmpl-1"
            call.finish_reasons = ["stop"]
            call.input_tokens = INPUT
            call.output_tokens = OUTPUT

    return once


def openinference_call(ending: ExitStack) -> Callable[[], None]:
    """OpenInference: a span."""
    tracer = OITracer(provider(ending).get_tracer("openinference"), TraceConfig())

    def once() -> None:
        with tracer.start_as_current_span(
            f"chat {MODEL}", attributes=get_span_kind_attributes("llm")
        ) as span:
            span.set_attributes(
                get_llm_attributes(
                    provider=PROVIDER,
                    model_name=ANSWERED,
                    request_model_name=MODEL,
                    invocation_parameters={"temperature": 0.2, "max_tokens": 500},
                    token_count={"prompt": INPUT, "completion": OUTPUT, "total": INPUT + OUTPUT},
                )
            )

    return once


def langfuse_call(ending: ExitStack) -> Callable[[], None]:
    """Langfuse: a span, told the usage; it computes no cost here."""
    # Keys of no one: the spans go nowhere, and nothing else is asked of a server.
    client = langfuse.Langfuse(
        public_key="bench",
        secret_key="bench",
        base_url="http://127.0.0.1:9",
        tracer_provider=provider(ending),
        span_exporter=Nowhere(),
    )

    def once() -> None:
        with client.start_as_current_observation(
            name=f"chat {MODEL}",
            as_type="generation",
            model=MODEL,
            model_parameters={"temperature": 0.2, "max_tokens": 500},
        ) as generation:
            generation.update(
                usage_details={"input": INPUT, "output": OUTPUT, "cache_read": CACHED}
            )

    return once


def logfire_call(ending: ExitStack) -> Callable[[], None]:
    """Logfire: a span."""
    local = logfire.configure(
        local=True,
        send_to_logfire=False,
        console=False,
        metrics=False,
        inspect_arguments=False,
        additional_span_processors=[BatchSpanProcessor(Nowhere(), max_queue_size=65_536)],
    )
    ending.callback(local.shutdown)

    def once() -> None:
        with local.span(
            "chat {model}",
            model=MODEL,
            provider=PROVIDER,
            temperature=0.2,
            max_tokens=500,
            tenant=TENANT,
        ) as span:
            span.set_attribute("gen_ai.response.model", ANSWERED)
            span.set_attribute("gen_ai.response.id", "chatcmpl-1")
            span.set_attribute("gen_ai.usage.input_tokens", INPUT)
            span.set_attribute("gen_ai.usage.output_tokens", OUTPUT)

    return once
