"""What calls with cache hits cost, against sums done by hand; each dollar is counted once.

The sums use the providers' prices of a million tokens: gpt-4o 2.50 in, 1.25 cached, 10 out;
claude-haiku-4-5 1 in, 0.10 read, 1.25 written for 5 minutes, 2 for an hour, 5 out.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anthropic
import openai
import pytest

from agent_telemetry import ObservabilityStack
from agent_telemetry.prices.pricing import UNITS_PER_USD
from agent_telemetry.semconv import COST_AMOUNT

ASK: list[Any] = [{"role": "user", "content": "How long may I return my unused shoes?"}]
Scraped = Callable[..., float]

# 86 fresh x 2.50 + 1920 cached x 1.25 + 300 out x 10 = 215 + 2400 + 3000 millionths.
OPENAI_USD = 0.005615
OPENAI_USAGE = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920},
    "completion_tokens_details": {"reasoning_tokens": 120},
}
# 21 fresh x 1 + 18000 read x 0.10 + 600 written x 1.25 + 400 for an hour x 2 + 393 out x 5
# = 21 + 1800 + 750 + 800 + 1965 millionths.
ANTHROPIC_USD = 0.005336
ANTHROPIC_USAGE = {
    "input_tokens": 21,
    "cache_read_input_tokens": 18000,
    "cache_creation_input_tokens": 1000,
    "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400},
    "output_tokens": 393,
}
ANSWERS = {
    "/v1/chat/completions": {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-2024-08-06",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Thirty days."},
            }
        ],
        "usage": OPENAI_USAGE,
    },
    "/v1/messages": {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5-20251001",
        "content": [{"type": "text", "text": "Thirty days."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": ANTHROPIC_USAGE,
    },
}


class Provider(BaseHTTPRequestHandler):
    """Gives each path its fixed answer; the model of the request stands in it."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = dict(ANSWERS[self.path])
        if asked["model"] == "llama-9":
            answer["model"] = "llama-9"
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of the fixed answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def chat(stack: ObservabilityStack, provider: str) -> Iterator[Callable[..., object]]:
    """Ask OpenAI through a watched client."""
    with openai.OpenAI(base_url=f"{provider}/v1", api_key="k", max_retries=0) as client:
        stack.watch(client)
        yield lambda model="gpt-4o": client.chat.completions.create(model=model, messages=ASK)


@pytest.fixture
def message(stack: ObservabilityStack, provider: str) -> Iterator[Callable[[], object]]:
    """Ask Anthropic through a watched client."""
    with anthropic.Anthropic(base_url=provider, api_key="k", max_retries=0) as client:
        stack.watch(client)
        yield lambda: client.messages.create(model="claude-haiku-4-5", max_tokens=500, messages=ASK)


def test_cached_tokens_of_openai_are_part_of_its_prompt(
    chat: Any, scraped: Scraped, finished: Any
) -> None:
    """2006 prompt tokens, 1920 of them cached, 300 out: $0.005615, to the last digit."""
    chat()
    assert scraped("agent_api_cost_usd_total", model="gpt-4o") == OPENAI_USD
    assert scraped("agent_tokens_total", kind="input") == 2006
    assert scraped("agent_tokens_total", kind="cache_read") == 1920
    assert finished()["chat gpt-4o"].attributes[COST_AMOUNT] == OPENAI_USD


def test_cached_tokens_of_anthropic_come_beside_its_input(
    message: Any, scraped: Scraped, finished: Any
) -> None:
    """21 fresh, 18000 read, 600 + 400 written, 393 out: $0.005336, to the last digit."""
    message()
    assert scraped("agent_api_cost_usd_total", model="claude-haiku-4-5") == ANTHROPIC_USD
    assert scraped("agent_tokens_total", kind="input") == 21 + 18000 + 1000
    assert scraped("agent_tokens_total", kind="cache_write") == 1000
    assert finished()["chat claude-haiku-4-5"].attributes[COST_AMOUNT] == ANTHROPIC_USD


def test_tree_of_agents_calls_and_tools_is_counted_once(  # noqa: PLR0917 -- fixtures
    stack: ObservabilityStack, chat: Any, message: Any, scraped: Scraped, spans: Any, log_lines: Any
) -> None:
    """Agents and a tool that asks a model: scrape, spans, log and ledger have the same sum."""
    whole = pytest.approx(OPENAI_USD + 2 * ANTHROPIC_USD, abs=1e-12)
    with stack.agent("planner", tenant_id="acme") as outer:
        chat()
        with stack.agent("helper") as inner, stack.tool("summarize"):
            message()
        message()
    assert inner.cost_usd == ANTHROPIC_USD
    assert outer.cost_usd == whole
    assert scraped("agent_api_cost_usd_total", tenant_id="acme") == whole
    assert scraped("agent_api_cost_usd_total") == whole
    assert stack.flush(5)
    amounts = [span.attributes.get(COST_AMOUNT, 0) for span in spans.get_finished_spans()]
    assert len(amounts) == 6
    assert sum(amounts) == whole
    assert sum(line.get("cost_usd") or 0 for line in log_lines()) == whole
    assert stack.ledger.spent_today() / UNITS_PER_USD == whole
    assert scraped("agent_tokens_total", kind="output") == 300 + 2 * 393


def test_unknown_model_of_a_watched_client(
    stack: ObservabilityStack, chat: Any, scraped: Scraped, spans: Any, log_lines: Any
) -> None:
    """No exception and no cost anywhere: not in the span, the log line, the scrape, the run."""
    with stack.agent("support") as run:
        chat("llama-9")
    assert run.cost_usd is None
    assert scraped("agent_unpriced_calls_total", model="llama-9") == 1
    assert scraped("agent_unpriced_calls_total") == 1
    assert scraped("agent_api_cost_usd_total") == 0
    chat("llama-9")
    assert scraped("agent_unpriced_calls_total", model="llama-9") == 2
    assert stack.flush(5)
    calls = [span for span in spans.get_finished_spans() if span.name == "chat llama-9"]
    assert len(calls) == 2
    for span in spans.get_finished_spans():
        assert not [key for key in span.attributes if "cost" in key]
    for line in log_lines():
        assert line.get("cost_usd") is None
    warned = [line for line in log_lines() if line["level"] == "WARN"]
    assert [line["event"] for line in warned] == ["model_unpriced"]


def test_cached_answer_costs_nothing(
    stack: ObservabilityStack, chat: Any, scraped: Scraped
) -> None:
    """A run that is served from the agent's own cache adds no cost and no call."""
    chat()
    with stack.agent("support"):
        stack.metrics.cache_request("semantic", hit=True, tenant_id="acme")
    assert scraped("agent_api_cost_usd_total") == OPENAI_USD
    assert scraped("ai_model_calls_total") == 1
