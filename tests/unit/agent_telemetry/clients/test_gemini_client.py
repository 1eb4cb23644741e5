"""Watched Gemini clients: the real package against a small server that speaks Gemini's REST.

The simulator does not speak Gemini's format, so the server here is a stand-in with fixed answers.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google import genai
from google.genai import types

from agent_telemetry import ObservabilityStack
from agent_telemetry.clients import watch_client
from agent_telemetry.content.mode import ContentMode

MODEL = "gemini-2.0-flash"
Scraped = Callable[..., float]


def answer(text: str, *, last: bool) -> dict[str, Any]:
    """A ``GenerateContentResponse`` as the API writes it."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}}
    if last:
        candidate["finishReason"] = "STOP"
    usage = {
        "promptTokenCount": 1000,
        "cachedContentTokenCount": 200,
        "candidatesTokenCount": 90,
        "thoughtsTokenCount": 10,
        "totalTokenCount": 1100,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": f"{MODEL}-001"}


class Gemini(BaseHTTPRequestHandler):
    """Answers every request in the way its path asks for."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if "streamGenerateContent" in self.path:
            pieces = [answer("You may ", last=False), answer("return them.", last=True)]
            body = "".join(f"data: {json.dumps(piece)}\r\n\r\n" for piece in pieces).encode()
            self.reply(body, "text/event-stream")
        elif "mbed" in self.path:
            self.reply(json.dumps({"embeddings": [{"values": [0.1, 0.2]}]}).encode())
        else:
            self.reply(json.dumps(answer("You may return them.", last=True)).encode())

    def reply(self, body: bytes, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@pytest.fixture
def client(stack: ObservabilityStack) -> Iterator[genai.Client]:
    """A watched client of the stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gemini)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    plain = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url))
    yield watch_client(plain, stack)
    plain.close()
    server.shutdown()
    server.server_close()


def test_whole_answer(client: genai.Client, scraped: Scraped, finished: Any) -> None:
    """Thoughts are output, cached tokens part of the input; the cost is that of the price table."""
    given = client.models.generate_content(model=MODEL, contents="May I return them?")
    assert given.text == "You may return them."
    span = finished()[f"chat {MODEL}"]
    assert span.attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert span.attributes["gen_ai.usage.input_tokens"] == 1000
    assert span.attributes["gen_ai.usage.output_tokens"] == 100
    assert span.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    # gemini-2.0-flash: 0.10 $/M input, 0.025 $/M cached, 0.40 $/M output.
    expected = (800 * 0.10 + 200 * 0.025 + 100 * 0.40) / 1e6
    assert scraped("agent_api_cost_usd_total") == pytest.approx(expected)


def test_stream(client: genai.Client, scraped: Scraped) -> None:
    """A stream counts once, with its last numbers."""
    pieces = list(client.models.generate_content_stream(model=MODEL, contents="May I?"))
    assert "".join(piece.text or "" for piece in pieces) == "You may return them."
    assert scraped("ai_tokens_used_total", type="prompt") == 1000
    assert scraped("agent_stream_outcome_total", outcome="completed") == 1


def test_chat_session_and_embedding(client: genai.Client, scraped: Scraped, finished: Any) -> None:
    """What the package builds on its methods is watched too."""
    client.chats.create(model=MODEL).send_message("May I return them?")
    client.models.embed_content(model="gemini-embedding-001", contents="one")
    assert scraped("ai_model_calls_total", status="success") == 2
    assert set(finished()) == {f"chat {MODEL}", "embeddings gemini-embedding-001"}


def test_asynchronous_side(client: genai.Client, scraped: Scraped) -> None:
    """``client.aio`` is watched as well."""

    async def run() -> None:
        await client.aio.models.generate_content(model=MODEL, contents="May I?")
        stream = await client.aio.models.generate_content_stream(model=MODEL, contents="May I?")
        assert [piece async for piece in stream]
        await client.aio.aclose()

    asyncio.run(run())
    assert scraped("ai_model_calls_total", model=MODEL, status="success") == 2


def test_content_is_shown_when_asked_for(make_stack, spans, client: genai.Client) -> None:
    """Whole and streamed, request and answer are on the span in the conventions' shape."""
    shown = make_stack(content=ContentMode.SPAN_ONLY)
    url = client._api_client._http_options.base_url  # the stand-in that is running already
    plain = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url))
    other = watch_client(plain, shown)
    config = types.GenerateContentConfig(system_instruction="Be brief.")
    other.models.generate_content(model=MODEL, contents="May I?", config=config)
    list(other.models.generate_content_stream(model=MODEL, contents="May I?", config=config))
    assert shown.flush(5)
    for span in spans.get_finished_spans():
        found = span.attributes
        (asked,) = json.loads(found["gen_ai.input.messages"])
        (told,) = json.loads(found["gen_ai.output.messages"])
        assert asked == {"role": "user", "parts": [{"type": "text", "content": "May I?"}]}
        assert told["parts"] == [{"type": "text", "content": "You may return them."}]
        assert told["finish_reason"] == "stop"
        instructions = [{"type": "text", "content": "Be brief."}]
        assert json.loads(found["gen_ai.system_instructions"]) == instructions
    plain.close()
