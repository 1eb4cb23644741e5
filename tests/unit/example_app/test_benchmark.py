"""The accuracy benchmark: right answers by the tools' own arithmetic, cheap, and out of the way."""

import json
import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from example_app.benchmark import Benchmark, Examiner
from example_app.benchmark_question import Question, load_questions
from example_app.data_folder import DATA
from example_app.settings import AppSettings
from example_app.tools.calculator import Expression, calculate
from example_app.tools.price_history import PriceRange, closing_prices
from example_app.wiring import build_service
from tests.polling import wait_for
from tests.unit.example_app.scripted_model import scripted_model
from tests.unit.example_app.test_model_client import answer

QUESTION = Question("one", "How many are there?", 42.0)
ROOT = Path(__file__).parents[3]


def change(symbol: str, days: int) -> float:
    """Return the change in percent from the first to the last close."""
    prices = closing_prices(PriceRange(symbol=symbol, days=days))["prices"]
    first, last = prices[0]["close"], prices[-1]["close"]
    return (last - first) / first * 100


def in_document(title: str, sentence: str) -> bool:
    """Return whether a document says this."""
    rows = tomllib.loads((DATA / "documents.toml").read_text("utf-8"))["text"]
    return any(row["title"] == title and sentence in row["text"] for row in rows)


@pytest.fixture
def examine(make_client):
    """Build a benchmark that asks a scripted model or the simulator."""

    def build(questions: list[Question] | None = None, **settings: object):
        client = make_client(**settings)
        chosen = AppSettings.load(**{"llm_base_url": "http://127.0.0.1:9/v1", **settings})
        service = build_service(chosen, client.stack).chats
        return client, service, Benchmark(Examiner(service), client.stack, 0, questions)

    return build


def test_figures_are_those_of_the_tools() -> None:
    """Each known answer is reckoned again from the prices, the calculator and the documents."""
    known = {question.name: question.answer for question in load_questions()}
    reckoned = {
        "change_of_glbx": change("GLBX", 2),
        "change_of_umbr": change("UMBR", 5),
        "acme_beside_glbx": change("ACME", 3) - change("GLBX", 3),
        "last_close_of_acme": closing_prices(PriceRange(symbol="ACME", days=2))["prices"][-1][
            "close"
        ],
        "share_of_a_sum": calculate(Expression(expression="4200 * 18 / 100"))["result"],
    }
    for name, figure in reckoned.items():
        assert known.pop(name) == pytest.approx(figure, abs=1e-6)
    assert known == {
        "guidance_of_initech": 910,
        "cost_programme_of_globex": 120,
        "reserves_of_umbrella": 75,
    }
    assert in_document("Initech, second quarter 2026", "to 910 million USD")
    assert in_document("Globex, annual report 2025", "a cost programme of 120 million USD")
    assert in_document("Umbrella Health, risk factors", "reserves are 75 million USD")


def test_research_agent_knows_the_answers(examine, simulator: str) -> None:
    """The agent answers all of them right, for less than $0.02 an hour at the default pace."""
    client, _, benchmark = examine(llm_base_url=simulator)
    examined = [benchmark.ask_next() for _ in benchmark.questions]
    assert [each.question.name for each in examined if each is None or not each.right] == []
    assert client.sample("agent_data_accuracy_ratio", benchmark="finance") == 1
    cost = sum(each.answer.run.cost_usd for each in examined)
    an_hour = 3600 / AppSettings.load().benchmark_seconds
    assert cost / len(examined) * an_hour < 0.02
    spent = client.sample("agent_api_cost_usd_total", model="gpt-4o-mini", tenant_id="benchmark")
    assert spent == pytest.approx(cost)


def test_it_leaves_no_trace_among_people(examine, simulator: str) -> None:
    """No session, look-up in the cache, request, action, conversion or memory comes from it."""
    client, service, benchmark = examine(llm_base_url=simulator)
    benchmark.ask_next()
    assert service.sessions.active() == 0
    people = ("agent_requests", "agent_cache_requests", "agent_user_actions", "agent_conversions")
    values = {
        sample.value
        for family in client.stack.registry.collect()
        if family.name in people
        for sample in family.samples
        if sample.name.endswith("_total")
    }
    assert values <= {0}
    names = {line.get("extra", {}).get("step") for line in client.log()}
    assert not names & {"check_cache", "recall"}


def test_wrong_answers_lower_the_ratio(examine) -> None:
    """Over the last 20 questions: three wrong ones of four give a quarter."""
    says = [answer({"content": text}) for text in ("It is 41.", "None.", "It is 42.", "4.2")]
    with scripted_model(*says) as model:
        client, _, benchmark = examine([QUESTION], llm_base_url=model.url)
        rights = [benchmark.ask_next().right for _ in range(4)]
    assert rights == [False, False, True, False]
    assert client.sample("agent_data_accuracy_ratio", benchmark="finance") == 0.25
    assert [line["extra"]["right"] for line in client.log(event="benchmark_answered")] == rights


def test_no_answer_counts_neither_way(examine) -> None:
    """A model that is gone makes no answer wrong, and there is no ratio without an answer."""
    with scripted_model(answer({"content": "42"})) as model:
        url = model.url
    client, _, benchmark = examine([QUESTION], llm_base_url=url)
    assert benchmark.ask_next() is None
    assert client.stack.registry.get_sample_value(
        "agent_data_accuracy_ratio", {"benchmark": "finance"}
    ) is None  # fmt: skip
    (line,) = client.log(event="benchmark_no_answer")
    assert line["error_type"] == "connection_error"


def test_people_come_first(examine) -> None:
    """With all agents busy no question is asked."""
    with scripted_model(answer({"content": "42"})) as model:
        _, service, benchmark = examine([QUESTION], llm_base_url=model.url, agent_pool_max_size=1)
        with service.pool.agent("support"):
            assert benchmark.ask_next() is None
        assert benchmark.ask_next().right
    assert model.calls == 1


def test_it_runs_and_stops_by_itself(examine) -> None:
    """In the background it asks again and again, and stops in the middle of a question."""
    hold = threading.Event()
    hold.set()
    with scripted_model(answer({"content": "42"}), hold=hold) as model:
        client, service, _ = examine([QUESTION], llm_base_url=model.url)
        benchmark = Benchmark(Examiner(service), client.stack, 0.01, [QUESTION])
        benchmark.start()
        wait_for(lambda: model.calls >= 3, within=10, what="three questions", pause=0.01)
        hold.clear()
        seen = model.calls
        wait_for(lambda: model.calls > seen, within=10, what="one more question", pause=0.01)
        benchmark.stop()
        hold.set()
        asked = model.calls
        wait_for(
            lambda: "benchmark" not in {thread.name for thread in threading.enumerate()},
            within=10,
            what="its thread has ended",
            pause=0.01,
        )
    assert model.calls == asked
    assert client.sample("agent_data_accuracy_ratio", benchmark="finance") == 1


def test_it_can_be_switched_off(examine) -> None:
    """With 0 seconds nothing is started."""
    _, _, benchmark = examine([QUESTION])
    benchmark.start()
    assert "benchmark" not in {thread.name for thread in threading.enumerate()}
    benchmark.stop()


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("It rose by 42.", True),
        ("From 1.50 to 42.004 USD", True),
        ("(42)", True),
        ("$42", True),
        ("42%", True),
        ("1,042 and 42.5", False),
        ("on 2026-11-42", False),
        ("A42 or v1.42", False),
        ("", False),
    ],
)
def test_what_counts_as_the_number(reply: str, *, right: bool) -> None:
    """The number itself must be there: no date, no part of a name or of a longer number."""
    assert QUESTION.is_answered_by(reply) is right


def test_nobody_else_is_the_benchmark(client) -> None:
    """A request cannot pose as the benchmark, so that its cost is its own."""
    response = client.chat(tenant_id="benchmark")
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "reserved_tenant"


def test_it_can_be_run_by_hand(tmp_path: Path) -> None:
    """``python -m example_app.benchmark`` asks all once, prints each, and leaves records."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "example_app.benchmark"],
        env={**kept, "AGENT_TELEMETRY_LOG_DIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "8 of 8 right"
    assert all(line.startswith("right ") for line in lines[:-1])
    records = [
        json.loads(line)
        for line in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()
        if json.loads(line)["event"] == "benchmark_run"
    ]
    assert len(records) == 8
    assert {record["tenant_id"] for record in records} == {"benchmark"}
