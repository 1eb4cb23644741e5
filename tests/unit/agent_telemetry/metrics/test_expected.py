"""Series of what is known to come, at 0 before anything happens."""

import pytest

from agent_telemetry.catalogue.models import GENAI
from tests.scrape import samples, scraped


def expect(stack, **more) -> None:
    """Announce what the sample agent does."""
    stack.expect(
        tenants=["acme"],
        models=["gpt-4o", "text-embedding-3-small"],
        tools=["lookup_order"],
        templates=["support"],
        **more,
    )


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai_client_operation_duration_seconds_count",
        "gen_ai_client_operation_time_to_first_chunk_seconds_count",
        "gen_ai_client_operation_time_per_output_chunk_seconds_count",
        "gen_ai_client_token_usage_count",
        "gen_ai_invoke_agent_duration_seconds_count",
        "gen_ai_invoke_agent_inference_calls_count",
        "gen_ai_invoke_agent_tool_calls_count",
        "gen_ai_execute_tool_duration_seconds_count",
        "agent_tokens_total",
        "agent_stream_outcome_total",
        "agent_output_tokens_per_second_count",
        "agent_run_cost_usd_count",
        "agent_loop_suspected_total",
        "agent_invocations_total",
        "tool_calls_total",
        "tool_errors_total",
        "agent_latency_ms_count",
        "llm_latency_ms_count",
    ],
)
def test_series_start_at_zero(stack, name) -> None:
    """Each family whose labels are known is in the first scrape, at 0."""
    expect(stack)
    assert scraped(stack, name) == 0


def test_the_first_call_moves_the_prepared_series(stack) -> None:
    """What was prepared is what a call writes: nothing of it stays behind at 0."""
    expect(stack)
    with stack.agent("support"):
        with stack.llm("gpt-4o", provider="openai") as call:
            call.response_model("gpt-4o")
            call.chunk()
            call.chunk()
            call.usage(input=10, output=2)
        with stack.tool("lookup_order"):
            pass
        with stack.embedding("text-embedding-3-small", provider="openai") as call:
            call.response_model("text-embedding-3-small")
            call.usage(input=3, output=0)
    for name in (
        "gen_ai_client_operation_duration_seconds_count",
        "gen_ai_client_operation_time_to_first_chunk_seconds_count",
        "gen_ai_client_operation_time_per_output_chunk_seconds_count",
        "gen_ai_client_token_usage_count",
        "gen_ai_invoke_agent_duration_seconds_count",
        "gen_ai_execute_tool_duration_seconds_count",
    ):
        assert [sample for sample in samples(stack.registry, name) if not sample.value] == [], name


def test_a_model_has_its_own_provider_only(stack) -> None:
    """The price table names the provider; a provider that is given counts for all models."""
    stack.expect(models=["gpt-4o", "claude-sonnet-4", "house-model"])
    found = samples(stack.registry, "gen_ai_client_operation_duration_seconds_count")
    pairs = {(each.labels[GENAI[1]], each.labels[GENAI[2]]) for each in found}
    assert pairs == {("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4")}
    stack.expect(models=["house-model"], providers=["house"])
    assert scraped(stack, "agent_tokens_total", provider="house", kind="reasoning") == 0
