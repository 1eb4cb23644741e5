"""Runs of agents: the guides' and OpenTelemetry's numbers of one run, and suspicion of a loop."""

import pytest

from agent_telemetry import ObservabilityStack
from agent_telemetry.operations.loop_rule import REPEATS
from tests.scrape import scraped


def suspicions(stack: ObservabilityStack, rule: str) -> float | None:
    """Runs that a rule found suspicious."""
    return scraped(stack, "agent_loop_suspected_total", template_id="support", rule=rule)


def one_run(stack: ObservabilityStack) -> None:
    """A run of two model calls and one tool call."""
    with stack.agent("support", template_id="support-v2"):
        for _ in range(2):
            with stack.llm("gpt-4o") as call:
                call.usage(input=1000, output=100)
                call.finish_reason("stop")
        with stack.tool("lookup"):
            pass


def test_guide_b_counts_each_operation_once(stack) -> None:
    """Runs, tool calls and their times under guide B's names, one observation an operation."""
    one_run(stack)
    with pytest.raises(KeyError), stack.tool("lookup"):
        raise KeyError("no order")
    assert scraped(stack, "agent_invocations_total") == 1
    assert scraped(stack, "tool_calls_total") == 2
    assert scraped(stack, "tool_errors_total") == 1
    assert scraped(stack, "agent_latency_ms_count") == 1
    assert scraped(stack, "llm_latency_ms_count") == 2


def test_milliseconds_are_the_seconds_of_the_other_names(stack) -> None:
    """Guide B's histograms and the ones in seconds tell the same sum."""
    one_run(stack)
    run = scraped(stack, "agent_chat_latency_seconds_sum")
    assert scraped(stack, "agent_latency_ms_sum") == pytest.approx(1000 * run)
    model = scraped(stack, "ai_model_duration_seconds_sum")
    assert scraped(stack, "llm_latency_ms_sum") == pytest.approx(1000 * model)


def test_embedding_is_no_language_model(stack) -> None:
    """An embedding counts as a model call, not in guide B's time of language models."""
    with stack.embedding("text-embedding-3-small") as call:
        call.usage(input=10, output=0)
    assert scraped(stack, "ai_model_calls_total", status="success") == 1
    assert scraped(stack, "llm_latency_ms_count") == 0


def test_calls_of_one_run_are_a_distribution(stack) -> None:
    """OpenTelemetry's histograms have one observation a run: its model and its tool calls."""
    one_run(stack)
    labels = {"gen_ai_agent_name": "support"}
    assert scraped(stack, "gen_ai_invoke_agent_inference_calls_count", **labels) == 1
    assert scraped(stack, "gen_ai_invoke_agent_inference_calls_sum", **labels) == 2
    assert scraped(stack, "gen_ai_invoke_agent_tool_calls_sum", **labels) == 1


def test_cost_of_a_run_by_template_and_status(stack) -> None:
    """A run's cost is the sum of its calls; a failed run is told apart."""
    one_run(stack)
    labels = {"template_id": "support-v2", "status": "ok"}
    assert scraped(stack, "agent_run_cost_usd_sum", **labels) == pytest.approx(0.007)
    with pytest.raises(TimeoutError), stack.agent("support", template_id="support-v2"):
        raise TimeoutError
    labels["status"] = "timeout"
    assert scraped(stack, "agent_run_cost_usd_count", **labels) == 1


def test_cost_that_is_not_known_is_in_no_bucket(stack) -> None:
    """A run with an unpriced call gives no observation instead of one of $0."""
    with stack.agent("support"), stack.llm("llama-9") as call:
        call.usage(input=10, output=10)
    assert not scraped(stack, "agent_run_cost_usd_count", template_id="support")


def call_tool(stack: ObservabilityStack, times: int, **how: object) -> None:
    """One tool, some times, in a run."""
    with stack.agent("support"):
        for _ in range(times):
            with stack.chain("round"), stack.tool("lookup", **how):
                pass


def test_same_call_again_and_again_is_suspected_once(stack, finished, log_lines) -> None:
    """The third equal call counts once, leaves an event on the run's span and one WARN line."""
    call_tool(stack, REPEATS + 4, arguments='{"order": 1042, "full": true}')
    assert suspicions(stack, "repeated_call") == 1
    events = finished()["Agent.Chat"].events
    assert [event.name for event in events] == ["loop.suspected"]
    assert events[0].attributes == {"rule": "repeated_call", "tool_name": "lookup"}
    told = [line for line in log_lines() if line.get("event") == "loop_suspected"]
    assert len(told) == 1
    assert told[0]["level"] == "WARN"
    assert told[0]["template_id"] == "support"
    assert told[0]["extra"]["rule"] == "repeated_call"


@pytest.mark.parametrize(
    "arguments",
    [
        ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }', '{"a": 1, "b": 2}'],
        [{"a": 1, "b": {1}}, {"b": {1}, "a": 1}, {"a": 1, "b": {1}}],
        ["not json {", "not json {", "not json {"],
        [10**30, 10**30, 10**30],
        ["\ud800", "\ud800", "\ud800"],
    ],
)
def test_arguments_are_compared_by_meaning(stack, arguments) -> None:
    """Order of keys and spaces do not hide a loop, and no value breaks the comparison."""
    with stack.agent("support"):
        for each in arguments:
            with stack.tool("lookup", arguments=each):
                pass
    assert suspicions(stack, "repeated_call") == 1


def test_different_calls_and_unknown_arguments_are_no_loop(stack) -> None:
    """Other arguments, another tool, another run, or arguments nobody told raise no suspicion."""
    with stack.agent("support"):
        for number in range(10):
            with stack.tool("lookup", arguments={"order": number}):
                pass
            with stack.tool(f"tool-{number % 5}", fingerprint="same"):
                pass
    call_tool(stack, 10)
    for _ in range(5):
        call_tool(stack, 2, fingerprint="same")
    assert suspicions(stack, "repeated_call") in {None, 0}


def test_arguments_are_kept_nowhere(stack, finished, log_lines) -> None:
    """What a tool was called with is in no span, no log line and no metric."""
    call_tool(stack, 5, arguments={"card": "4111-1111"})
    told = " ".join(span.to_json() for span in finished().values()) + str(log_lines())
    assert "4111" not in told


def test_more_calls_than_the_setting_allows(make_stack) -> None:
    """The call past the limit is suspected, once; runs below it are not."""
    stack = make_stack(loop_calls=5)
    for calls, expected in ((5, None), (6, 1), (20, 2)):
        with stack.agent("support"):
            for number in range(calls):
                with stack.llm("gpt-4o") if number % 2 else stack.tool("lookup"):
                    pass
        assert suspicions(stack, "many_calls") == expected


def test_calls_of_an_agent_below_are_its_own(make_stack) -> None:
    """An agent that hands work to others is not suspected for theirs."""
    stack = make_stack(loop_calls=5)
    with stack.agent("support"):
        for _ in range(4):
            with stack.agent("helper"):
                for _ in range(3):
                    with stack.tool("lookup", fingerprint="same"):
                        pass
    assert suspicions(stack, "many_calls") is None
    assert suspicions(stack, "repeated_call") is None
    found = scraped(stack, "agent_loop_suspected_total", template_id="helper", rule="repeated_call")
    assert found == 4
