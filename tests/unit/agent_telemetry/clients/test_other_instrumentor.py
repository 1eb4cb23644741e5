"""Beside another GenAI instrumentor our cost is counted once, and that is said once.

openinference or openllmetry is used where it is installed. Where none is, the client's class
method is wrapped by wrapt exactly as both do it (``wrap_function_wrapper`` on
``Completions.create``, with a span of their own around the call).
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
import wrapt
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry import ObservabilityStack
from agent_telemetry.clients.other_instrumentors import other_instrumentors

ASK: list[Any] = [{"role": "user", "content": "How long may I return my unused shoes?"}]
MODEL = "gpt-4o-mini"
_KNOWN = (
    ("openinference.instrumentation.openai", "OpenAIInstrumentor"),
    ("opentelemetry.instrumentation.openai", "OpenAIInstrumentor"),
    ("opentelemetry.instrumentation.openai_v2", "OpenAIInstrumentor"),
)


class Stand:
    """Wraps the client's class method, as the others do."""

    def instrument(self, tracer_provider: TracerProvider) -> None:
        """Put a wrapper with a span and a usage of its own around each call."""
        tracer = tracer_provider.get_tracer("other")

        def told(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
            with tracer.start_as_current_span("ChatCompletion") as span:
                answer = wrapped(*args, **kwargs)
                span.set_attribute("llm.token_count.total", answer.usage.total_tokens)
                return answer

        wrapt.wrap_function_wrapper("openai.resources.chat.completions", "Completions.create", told)

    def uninstrument(self) -> None:
        """Take the wrapper off."""
        holder: Any = openai.resources.chat.completions.Completions
        holder.create = holder.create.__wrapped__


def _instrumentor() -> Any:
    for module, name in _KNOWN:
        try:
            return getattr(importlib.import_module(module), name)()
        except ImportError:
            continue
    return Stand()


@pytest.fixture
def others() -> Iterator[InMemorySpanExporter]:
    """The other instrumentor, active; its spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    active = _instrumentor()
    active.instrument(tracer_provider=provider)
    yield exporter
    active.uninstrument()
    provider.shutdown()


def test_cost_is_counted_once_and_said_once(  # noqa: PLR0917 -- fixtures
    stack: ObservabilityStack,
    simulator: str,
    others: InMemorySpanExporter,
    scraped: Callable[..., float],
    finished: Any,
    log_lines: Any,
) -> None:
    """Two watched clients, two calls: two calls' cost of ours, their spans beside, one warning."""
    expected = 0.0
    for _ in range(2):
        with openai.OpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0) as client:
            stack.watch(client)
            usage = client.chat.completions.create(model=MODEL, messages=ASK).usage
            assert usage is not None
            # gpt-4o-mini: 0.15 and 0.60 USD a million; nothing of so short a prompt is cached.
            expected += (usage.prompt_tokens * 0.15 + usage.completion_tokens * 0.60) / 1e6
    assert len(others.get_finished_spans()) == 2
    assert scraped("agent_api_cost_usd_total") == pytest.approx(expected, abs=1e-12)
    assert scraped("ai_model_calls_total") == 2
    assert list(finished()) == [f"chat {MODEL}"]
    said = [line for line in log_lines() if line.get("event") == "other_instrumentor"]
    assert len(said) == 1
    assert said[0]["level"] == "WARN"
    assert not trace.get_current_span().get_span_context().is_valid


def test_nobody_is_warned_of_who_is_not_there(
    stack: ObservabilityStack, simulator: str, log_lines: Any
) -> None:
    """Without another instrumentor nothing is said."""
    assert other_instrumentors() == []
    with openai.OpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0) as client:
        stack.watch(client)
        client.chat.completions.create(model=MODEL, messages=ASK)
    assert "other_instrumentor" not in {line.get("event") for line in log_lines()}
