"""An agent that knows nothing of this project: plain OpenTelemetry SDK, GenAI conventions, OTLP.

Run as a program of its own: address of an OTLP receiver over HTTP, name of the service. It works
until it is stopped. With `--troubles` it also reports what a healthy sample agent never does.
"""

import random
import sys
import time

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

ROUND_SECONDS = 1.0
EXPORT_SECONDS = 5
MODEL = {"gen_ai.provider.name": "mistral_ai", "gen_ai.request.model": "mistral-large-latest"}
AGENT, TOOL = "trip-planner", "find_train"
#: Counters of this project's library that count what goes wrong, with labels of their own.
TROUBLES = {
    "agent_model_fallbacks": {"model": "mistral-large-latest", "reason": "timeout"},
    "telemetry_label_overflow": {"label": "tool_name"},
    "telemetry_faults": {"where": "metrics"},
}


class ForeignAgent:
    """Plans trips: each run asks a model twice and a tool once; every fifth call fails.

    Args:
        meter: of the OpenTelemetry SDK.
        tracer: of the OpenTelemetry SDK.
    """

    def __init__(self, meter: Meter, tracer: Tracer) -> None:
        self._tracer = tracer
        seconds = {"unit": "s"}
        self._call = meter.create_histogram("gen_ai.client.operation.duration", **seconds)
        self._first = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk", **seconds
        )
        self._gap = meter.create_histogram(
            "gen_ai.client.operation.time_per_output_chunk", **seconds
        )
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
        self._run = meter.create_histogram("gen_ai.invoke_agent.duration", **seconds)
        self._calls_of_run = meter.create_histogram(
            "gen_ai.invoke_agent.inference_calls", unit="{call}"
        )
        self._tools_of_run = meter.create_histogram("gen_ai.invoke_agent.tool_calls", unit="{call}")
        self._tool = meter.create_histogram("gen_ai.execute_tool.duration", **seconds)

    def run(self, number: int) -> None:
        """Do one run; record it as the conventions say."""
        failed = {"error.type": "429"} if number % 5 == 0 else {}
        who = {"gen_ai.agent.name": AGENT}
        invoke = {"gen_ai.operation.name": "invoke_agent", **who}
        with self._tracer.start_as_current_span(f"invoke_agent {AGENT}", attributes=invoke) as top:
            for _ in range(2):
                self._ask_model(failed)
            self._use_tool(failed)
            if failed:
                top.set_status(Status(StatusCode.ERROR))
        self._run.record(random.uniform(0.5, 2), {**invoke, **failed})
        self._calls_of_run.record(2, invoke)
        self._tools_of_run.record(1, invoke)

    def _ask_model(self, failed: dict[str, str]) -> None:
        call = {"gen_ai.operation.name": "chat", **MODEL}
        name = f"chat {MODEL['gen_ai.request.model']}"
        with self._tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=call):
            self._call.record(random.uniform(0.2, 0.8), {**call, **failed})
            self._first.record(random.uniform(0.1, 0.3), call)
            self._gap.record(random.uniform(0.01, 0.03), call)
            for kind, count in (("input", 800), ("output", 120)):
                self._tokens.record(count, {**call, "gen_ai.token.type": kind})

    def _use_tool(self, failed: dict[str, str]) -> None:
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": TOOL}
        with self._tracer.start_as_current_span(f"execute_tool {TOOL}", attributes=tool):
            self._tool.record(random.uniform(0.05, 0.2), {**tool, **failed})


def main(address: str, service: str, *, troubles: bool) -> None:
    """Work until the program is stopped."""
    resource = Resource.create({"service.name": service})
    exporter = OTLPMetricExporter(endpoint=f"{address}/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=EXPORT_SECONDS * 1000)
    meter = MeterProvider(metric_readers=[reader], resource=resource).get_meter(__name__)
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{address}/v1/traces")))
    agent = ForeignAgent(meter, traces.get_tracer(__name__))
    counters = {name: meter.create_counter(name) for name in TROUBLES if troubles}
    number = 0
    while True:
        number += 1
        agent.run(number)
        for name, counter in counters.items():
            counter.add(1, TROUBLES[name])
        time.sleep(ROUND_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], troubles="--troubles" in sys.argv[3:])
