"""Every fault of the table at a lite process: seen in each signal, gone when it ends."""

import itertools
import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands.incident_numbers import Numbers
from commands.lite_process import start_lite, stop_lite
from example_app.incidents import Incident, Number, load_incidents
from tests.polling import wait_for
from tests.process.log_query import matching, records
from tests.process.otlp_receiver import OtlpReceiver
from tests.smoke.chat_requests import new_question
from tests.smoke.metric_samples import read_metrics, total

INCIDENTS = load_incidents()
_ROUND = itertools.count()
_USUAL = "gpt-4o-mini"

#: A made-up person's address, card, telephone number and account.
_MADE_UP = re.compile(r"@example\.(com|net|org)|4242[ -]?4242|\+44 20 7946|\bDE\d{20}\b")


@dataclass(frozen=True)
class Case:
    """What is done and expected here; the rest is in the table.

    Attributes:
        statuses: of the answers, or of the event that ends a stream.
        settings: of the fault, small enough for a test.
        chats: how many, all at once.
        rise: by how much each number must rise that the table says must rise.
        message: what is asked instead of the table's question.
    """

    statuses: frozenset[int] = frozenset({200})
    settings: dict[str, float | str] = field(default_factory=dict)
    chats: int = 3
    rise: float = 3
    message: str = ""


CASES = {
    "tool_failure": Case(),
    "cost_spike": Case(rise=0.5),
    "cache_storm": Case(),
    "pool_exhaustion": Case(frozenset({200, 503}), {"hold_seconds": 60}, chats=6, rise=1),
    "memory_growth": Case(settings={"megabytes_per_chat": 20, "most_megabytes": 60}, rise=50e6),
    "personal_data": Case(),
    "provider_500": Case(frozenset({502})),
    "provider_429": Case(frozenset({502}), {"retry_after_seconds": 0}),
    "provider_timeout": Case(frozenset({504})),
    "slow_first_token": Case(settings={"delay_seconds": 2.2}, rise=6, message="Hello there"),
    "cut_stream": Case(frozenset({502})),
    "malformed_tool_json": Case(),
    "tool_loop": Case(frozenset({502})),
    "token_burst": Case(rise=60_000),
}


@dataclass(frozen=True)
class Scene:
    """A lite process and the backend of its spans."""

    http: httpx.Client
    logs: Path
    otlp: OtlpReceiver

    def ask(self, message: str, request_id: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of one chat; of a stream those of its last event."""
        response = self.http.post(
            "/chat", json={"message": message, **body}, headers={"x-request-id": request_id}
        )
        if not body.get("stream") or response.status_code != 200:
            return response.status_code, response.json()
        name, data = re.findall(r"^event: (\w+)\r?\ndata: (.*)$", response.text, re.MULTILINE)[-1]
        said = json.loads(data)
        return (said["status"] if name == "error" else 200), said


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One process for all of them, so that each also shows that the one before is gone."""
    directory = tmp_path_factory.mktemp("lite")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    small = {
        "AGENT_POOL_MAX_SIZE": "4",
        "AGENT_QUEUE_SECONDS": "1",
        "LLM_TIMEOUT_SECONDS": "3",
        "LLM_BASE_URL": "",
        "LLM_MODEL": _USUAL,
        "BENCHMARK_SECONDS": "0",
        "SIM_LATENCY_SCALE": "0",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with OtlpReceiver() as otlp:
        lite = start_lite(port, directory, {**small, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.url})
        try:
            with httpx.Client(base_url=lite.url, timeout=30) as http:
                yield Scene(http, lite.logs, otlp)
        finally:
            stop_lite(lite)


@pytest.fixture(autouse=True)
def _no_fault_is_left(scene: Scene) -> Iterator[None]:
    """A test that fails half-way must not break the next one."""
    yield
    scene.http.delete("/faults").raise_for_status()


def test_every_fault_has_a_case():
    """None of the table is left out here."""
    assert set(CASES) == set(INCIDENTS)


@pytest.mark.parametrize("name", CASES)
def test_fault_is_seen_in_every_signal_and_ends(scene, name):
    """Answers, metrics, log and spans show it where the table says; then all is as before."""
    incident, case = INCIDENTS[name], CASES[name]
    label = f"fault-{name}-{next(_ROUND)}"
    numbers = Numbers(scene.http, _scaled(incident.numbers, case.rise))
    body = {"duration_seconds": 60, **case.settings}
    scene.http.put(f"/faults/{name}", json=body).raise_for_status()
    answers = _drive(scene, incident, case, label, numbers)
    assert {status for status, _ in answers} == case.statuses
    wait_for(lambda: _seen(numbers), within=10, what="the numbers rose", pause=0.1)
    _check_answers(name, [answer for _, answer in answers])
    wait_for(lambda: _logged(scene, incident, label), within=10, what="the log tells", pause=0.1)
    wait_for(lambda: _traced(scene, incident), within=15, what="a span tells", pause=0.1)
    scene.http.delete(f"/faults/{name}").raise_for_status()
    _check_all_is_well(scene, label)


def test_leaked_memory_is_given_back(scene):
    """The process is as small again as before, as soon as the fault ends."""
    before = total(read_metrics(scene.http), "agent_memory_usage_bytes")
    body = {"megabytes_per_chat": 100, "most_megabytes": 100}
    scene.http.put("/faults/memory_growth", json=body).raise_for_status()
    scene.ask(new_question(), "fault-memory")
    grown = total(read_metrics(scene.http), "agent_memory_usage_bytes")
    scene.http.delete("/faults/memory_growth").raise_for_status()
    after = total(read_metrics(scene.http), "agent_memory_usage_bytes")
    assert grown - before > 95e6
    assert after < grown - 95e6


def test_personal_data_is_in_no_log_and_no_span(scene):
    """What people typed left the process neither in a log line nor in a span."""
    scene.http.put("/faults/personal_data", json={"duration_seconds": 60}).raise_for_status()
    spans = len(scene.otlp.spans)
    scene.ask(new_question(), "fault-private")
    wait_for(lambda: len(scene.otlp.spans) > spans, within=15, what="spans arrive", pause=0.1)
    scene.http.delete("/faults/personal_data").raise_for_status()
    logged = "".join(file.read_text("utf-8") for file in scene.logs.glob("*.jsonl"))
    exported = b"".join(scene.otlp.bodies).decode("utf-8", "replace")
    assert "fault-private" in logged
    for text in (logged, exported):
        assert not re.search(
            r"@example\.(com|net|org)|4242[ -]?4242|\+44 20 7946|\bDE\d{20}\b", text
        )


def _drive(
    scene: Scene, incident: Incident, case: Case, label: str, numbers: Numbers
) -> list[tuple[int, dict[str, Any]]]:
    """Send the chats at once, reading the numbers as long as they are under way."""
    drive = incident.drive

    def one(number: int) -> tuple[int, dict[str, Any]]:
        question = case.message or new_question()
        return scene.ask(question, f"{label}-{number}", stream=drive.stream)

    with ThreadPoolExecutor(case.chats) as pool:
        under_way = [pool.submit(one, number) for number in range(case.chats)]
        wait_for(
            lambda: numbers.read() or all(each.done() for each in under_way),
            within=30,
            what="all are answered",
            pause=0.05,
        )
    return [each.result() for each in under_way]


def _scaled(numbers: list[Number], rise: float) -> list[Number]:
    """Return the numbers with what so few chats can move."""
    return [
        number.model_copy(update={"rises_by": rise if number.rises_by else 0}) for number in numbers
    ]


def _seen(numbers: Numbers) -> bool:
    numbers.read()
    assert not numbers.missing, numbers.missing
    return True


def _check_answers(name: str, answers: list[dict[str, Any]]) -> None:
    """Check what the person sees, where it is more than a status."""
    if name in {"tool_failure", "malformed_tool_json"}:
        assert {tool["status"] for each in answers for tool in each["tools"]} == {"failed"}
    if name == "cost_spike":
        assert {each["model"] for each in answers} == {"o1-pro"}
        assert min(each["cost_usd"] for each in answers) > 0.1
    if name == "pool_exhaustion":
        assert "pool_full" in {each["error"]["code"] for each in answers if "error" in each}
    if name == "slow_first_token":
        assert min(each["duration_ms"] for each in answers) > 2200
    if name == "token_burst":
        assert min(each["tokens"]["output"] for each in answers) > 20_000


def _logged(scene: Scene, incident: Incident, label: str) -> bool:
    query = incident.where_to_look.log
    return bool(matching(records(scene.logs, label), query)) or not query


def _traced(scene: Scene, incident: Incident) -> bool:
    wanted = incident.where_to_look.span
    traces = {each["trace_id"] for each in records(scene.logs, "fault-") if "trace_id" in each}
    return any(
        span.service == wanted.service
        and wanted.operation in {"", span.name}
        and wanted.tags.items() <= span.tags.items()
        and span.trace_id in traces
        for span in scene.otlp.spans
    )


def _check_all_is_well(scene: Scene, label: str) -> None:
    """Check that a plain chat works by its tool, is cached the second time, and all is ready."""
    question = new_question()
    status, answer = scene.ask(question, f"{label}-healed")
    assert status == 200, answer
    assert [tool["status"] for tool in answer["tools"]] == ["success"]
    assert answer["model"] == _USUAL
    assert answer["cost_usd"] < 0.01
    assert answer["tokens"]["output"] < 1000
    assert scene.ask(question, f"{label}-again")[1]["cached"] is True
    assert scene.http.get("/ready").status_code == 200
    listed = scene.http.get("/faults").json()["faults"]
    assert [fault["name"] for fault in listed if fault["active"]] == []
    assert total(read_metrics(scene.http), "agent_active_count") == 0
