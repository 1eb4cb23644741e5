"""A running simulator, and an agent's side of the conversation with it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from example_app.simulator import SimulatorSettings, SimulatorThread

KEY = {"Authorization": "Bearer any-key"}
ANTHROPIC = {"x-api-key": "any-key", "anthropic-version": "2023-06-01"}
_MOST_ROUNDS = 8


def offer(name: str, **parameters: str) -> dict[str, Any]:
    """A tool in OpenAI's form whose parameters are all required; values are JSON types."""
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def custom_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """The same tool in Anthropic's form."""
    function = tool["function"]
    return {"name": function["name"], "input_schema": function["parameters"]}


SUPPORT = [
    offer("lookup_order", order_id="string"),
    offer("request_refund", order_id="string", reason="string"),
    offer("search_knowledge_base", query="string"),
]
RESEARCH = [
    offer("price_history", symbol="string", days="integer"),
    offer("calculator", expression="string"),
    offer("search_documents", query="string"),
    offer("compliance_check", text="string"),
]
RESULTS: dict[str, Any] = {
    "lookup_order": {"order_id": "1042", "status": "shipped", "carrier": "DHL", "weight_kg": 2.5},
    "request_refund": {"order_id": "1042", "status": "received", "refund_id": "R-77"},
    "search_knowledge_base": {"results": [{"title": "Returns", "text": "Within 30 days."}]},
    "price_history": {
        "prices": [{"date": "2026-01-01", "close": 80}, {"date": "2026-01-30", "close": 100.5}]
    },
    "calculator": {"expression": "x", "result": 25.625},
    "search_documents": {"results": [{"title": "Annual report", "text": "Revenue grew."}]},
    "compliance_check": {"verdict": "passed"},
}


@dataclass
class Run:
    """What an agent saw: the calls of each round, the last reply, every answer's usage."""

    rounds: list[list[tuple[str, dict[str, Any]]]]
    reply: str
    usage: list[dict[str, Any]]

    @property
    def tools(self) -> list[list[str]]:
        """Names of the tools called, round by round."""
        return [[name for name, _ in calls] for calls in self.rounds]


class Client:
    """Calls the simulator over HTTP."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.root = base_url.removesuffix("/v1")

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        """Posts JSON with a key."""
        options.setdefault("headers", KEY)
        return requests.post(f"{self.base_url}{path}", json=body, timeout=10, **options)

    def message(self, messages: Sequence[dict[str, Any]] | str, **fields: Any) -> requests.Response:
        """One message of Anthropic's API; a text is one user message."""
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        messages = list(messages)
        body = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": messages, **fields}
        return self.post("/messages", body, stream=bool(fields.get("stream")), headers=ANTHROPIC)

    def put_fault(self, name: str, **body: Any) -> requests.Response:
        """Starts a fault."""
        return requests.put(f"{self.root}/faults/{name}", json=body, timeout=10)

    def delete_faults(self) -> None:
        """Ends all faults."""
        requests.delete(f"{self.root}/faults", timeout=10).raise_for_status()

    def chat(self, messages: Sequence[dict[str, Any]] | str, **fields: Any) -> requests.Response:
        """One chat completion; a text is one user message."""
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        body = {"model": "gpt-4o-mini", "messages": list(messages), **fields}
        return self.post("/chat/completions", body, stream=bool(fields.get("stream")))

    def run(
        self,
        question: str,
        tools: list[dict[str, Any]],
        *,
        results: dict[str, Any] = RESULTS,
        before: Sequence[dict[str, Any]] = (),
        **fields: Any,
    ) -> Run:
        """An agent's loop: calls tools as asked until there is a reply."""
        messages = [*before, {"role": "user", "content": question}]
        run = Run([], "", [])
        for _ in range(_MOST_ROUNDS):
            response = self.chat(messages, tools=tools, **fields)
            assert response.status_code == 200, response.text
            run.usage.append(response.json()["usage"])
            message = response.json()["choices"][0]["message"]
            calls = message.get("tool_calls") or []
            if not calls:
                run.reply = message["content"]
                return run
            messages.append(message)
            run.rounds.append([])
            for call in calls:
                name = call["function"]["name"]
                run.rounds[-1].append((name, json.loads(call["function"]["arguments"])))
                content = json.dumps(results[name])
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
        raise AssertionError(f"no reply after {_MOST_ROUNDS} rounds: {run.tools}")


def events(response: requests.Response) -> list[Any]:
    """The decoded chunks of a stream; the end mark stays a text."""
    lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith(b"data: ") for line in lines)
    texts = [line.removeprefix(b"data: ").decode() for line in lines]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]


def named_events(response: requests.Response) -> list[dict[str, Any]]:
    """The decoded events of Anthropic's stream, each with the name its data has."""
    found = []
    for event in response.content.decode().strip().split("\n\n"):
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Starts simulators; settings can be given by name."""
    running: list[SimulatorThread] = []

    def _start(**given: Any) -> Client:
        settings = {"port": 0, "latency_scale": 0, "otlp_endpoint": "", **given}
        running.append(SimulatorThread(SimulatorSettings(**settings)))
        return Client(running[-1].start())

    yield _start
    for simulator in running:
        simulator.stop()


@pytest.fixture(scope="session")
def shared() -> Iterator[Client]:
    """One simulator for all tests that leave no trace in it but faults."""
    settings = SimulatorSettings(port=0, latency_scale=0, otlp_endpoint="")
    with SimulatorThread(settings) as simulator:
        yield Client(simulator.base_url)


@pytest.fixture
def client(shared: Client) -> Iterator[Client]:
    """A simulator that answers at once, with no fault on."""
    yield shared
    shared.delete_faults()
