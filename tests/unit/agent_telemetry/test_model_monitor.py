"""Guide D's monitor of model calls, and the call that monitors itself."""

import asyncio
import threading

import pytest

from agent_telemetry import AIModelMonitor, BudgetExceeded, monitored_ai_call
from tests.scrape import scraped


def test_tracked_calls_move_the_metrics_and_the_stats(stack, log_lines) -> None:
    """Tokens by prompt and completion: counted, priced, logged, averaged."""
    monitor = AIModelMonitor(stack)
    monitor.track_model_call("gpt-4o", 1.0, "success", {"prompt": 1000, "completion": 100})
    monitor.track_model_call("gpt-4o", 3.0, "success", {"input": 1000, "output": 100})
    monitor.track_model_call("gpt-4o", 2.0, "timeout")
    assert monitor.get_model_stats() == {
        "gpt-4o": {"total_calls": 3, "avg_duration": 2.0, "total_tokens": 2200}
    }
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 2
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 1
    seconds = scraped(stack, "ai_model_duration_seconds_sum", model="gpt-4o")
    assert seconds == pytest.approx(6, abs=0.2)
    assert scraped(stack, "agent_api_cost_usd_total", model="gpt-4o") == pytest.approx(0.007)
    ends = [line for line in log_lines() if line.get("event") == "llm_end"]
    assert [line["status"] for line in ends] == ["ok", "ok", "error"]
    assert ends[-1]["error_type"] == "timeout"


def test_a_single_number_of_tokens_is_counted_and_never_priced(stack) -> None:
    """Without the split there is no price: the tokens are seen, the cost is not guessed."""
    monitor = AIModelMonitor(stack)
    monitor.track_model_call("gpt-4o", 1.0, tokens=500)
    assert monitor.get_model_stats()["gpt-4o"]["total_tokens"] == 500
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="unknown") == 500
    assert not scraped(stack, "agent_api_cost_usd_total", model="gpt-4o")


def test_stats_are_bounded_and_threads_lose_nothing() -> None:
    """Made-up model names fall into ``other``; 50 threads count to the last call."""
    monitor = AIModelMonitor()

    def work(number: int) -> None:
        for each in range(20):
            monitor.track_model_call(f"model-{number * 20 + each}", 1.0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    stats = monitor.get_model_stats()
    assert len(stats) == 101
    assert sum(each["total_calls"] for each in stats.values()) == 1000


def test_broken_numbers_never_reach_the_host(make_stack) -> None:
    """What cannot be counted is a fault of the telemetry."""
    stack = make_stack(strict=False)
    AIModelMonitor(stack).track_model_call("gpt-4o", 1.0, tokens={"prompt": -5, "completion": 1})
    assert scraped(stack, "telemetry_faults_total") == 1


def test_monitored_call_reads_the_answers_own_tokens(stack, finished) -> None:
    """A plain function runs beside the loop; its answer comes back as it is."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    answer = {"model": "gpt-4o", "choices": [], "usage": usage}

    def call(prompt: str, model: str) -> dict:
        with stack.chain("inside"):
            assert threading.current_thread() is not threading.main_thread()
        return {**answer, "prompt": prompt, "asked": model}

    told = asyncio.run(monitored_ai_call("Hello", "gpt-4o", call=call, provider="openai"))
    assert (told["prompt"], told["asked"]) == ("Hello", "gpt-4o")
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="prompt") == 100
    spans = finished()
    assert spans["inside"].parent.span_id == spans["chat gpt-4o"].context.span_id
    assert "Hello" not in str(dict(spans["chat gpt-4o"].attributes))


def test_answer_without_tokens_is_estimated_and_marked(stack, log_lines) -> None:
    """Words times 1.3, a whole number, and marked as an estimate."""

    async def call(prompt: str, model: str) -> str:
        return "one two three"

    asyncio.run(monitored_ai_call("a b c d e f g h i j", "gpt-4o", call=call))
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="prompt") == 13
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="completion") == 3
    (line,) = [line for line in log_lines() if line.get("event") == "llm_end"]
    assert line["extra"]["tokens_estimated"] is True


def test_failure_counts_under_ai_model_and_goes_on(stack) -> None:
    """The exception passes; ``errors_total`` and the model's own counter move."""

    def call(prompt: str, model: str) -> str:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        asyncio.run(monitored_ai_call("Hello", "gpt-4o", call=call))
    labels = {"endpoint": "ai_model", "error_type": "ConnectionError"}
    assert scraped(stack, "errors_total", **labels) == 1
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 1


def test_the_loop_is_never_blocked(stack) -> None:
    """While a plain function waits, other tasks of the loop go on."""
    done = threading.Event()

    def call(prompt: str, model: str) -> str:
        assert done.wait(30)
        return "answer"

    async def main() -> str:
        task = asyncio.create_task(monitored_ai_call("Hello", "gpt-4o", call=call))
        await asyncio.sleep(0.01)
        done.set()
        return await task

    assert asyncio.run(main()) == "answer"


def test_spent_budget_asks_nothing(stack) -> None:
    """A budget that blocks refuses before the call is made."""
    stack.budget("day", limit_usd=0.01, mode="block")
    stack.tracer.record_llm_call("gpt-4o", 10, 1, 1.0, 1)

    def call(prompt: str, model: str) -> str:
        raise AssertionError("asked all the same")

    with pytest.raises(BudgetExceeded):
        asyncio.run(monitored_ai_call("Hello", "gpt-4o", call=call))


def test_without_a_stack_the_call_is_just_made(stack) -> None:
    """After the shutdown the wrapper is transparent."""
    stack.shutdown()
    answer = asyncio.run(monitored_ai_call("Hello", "gpt-4o", call=lambda prompt, _model: prompt))
    assert answer == "Hello"
