"""Activity: five minutes and no more, true ratios, bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agent_telemetry import Metrics, ObservabilityStack
from agent_telemetry.activity import Activity
from agent_telemetry.clock import ManualClock
from agent_telemetry.sliding_window import WINDOW_SECONDS, DistinctWindow, SumsWindow
from tests.scrape import scraped


def raise_after_a_good_call(stack: ObservabilityStack) -> None:
    """The model said all, then something else broke."""
    with stack.llm("gpt-4o") as call:
        call.finish_reason("stop")
    raise ValueError("no")


def run(stack: ObservabilityStack, reason: str = "stop", **ids: str) -> None:
    """One run that ends by a reason of its only model call."""
    with stack.agent("support", **ids), stack.llm("gpt-4o") as call:
        call.finish_reason(reason)


def test_users_and_tenants_are_told_apart_and_forgotten(stack, clock) -> None:
    """Each user and tenant counts once while in the window, and no longer five minutes later."""
    for user in ("ann", "bob", "ann"):
        run(stack, user_id=user, tenant_id="acme")
    assert scraped(stack, "agent_concurrent_users") == 2
    assert scraped(stack, "agent_active_tenants") == 1
    clock.advance(200)
    run(stack, user_id="bob", tenant_id="umbrella")
    clock.advance(101)
    assert scraped(stack, "agent_concurrent_users") == 1
    assert scraped(stack, "agent_active_tenants") == 1
    clock.advance(WINDOW_SECONDS)
    assert scraped(stack, "agent_concurrent_users") == 0


def test_a_request_without_a_run_shows_its_user(stack) -> None:
    """A request that the cache answers, without any agent, counts its user and tenant."""

    async def cached(_request: Request) -> PlainTextResponse:
        stack.bind(user_id="ann", tenant_id="acme")
        return PlainTextResponse("from the cache")

    app = Starlette(routes=[Route("/cached", cached)])
    stack.instrument(app)
    TestClient(app).get("/cached")
    assert scraped(stack, "agent_concurrent_users") == 1
    assert scraped(stack, "agent_active_tenants") == 1


def test_hit_rate_is_in_percent_and_absent_without_look_ups(stack, clock) -> None:
    """Three hits of four look-ups are 75; five minutes later there is no sample at all."""
    assert scraped(stack, "agent_cache_hit_rate") is None
    for hit in (True, True, True, False):
        stack.metrics.cache_request("answer", hit=hit, tenant_id="acme")
    stack.metrics.cache_request("embedding", hit=False)
    assert scraped(stack, "agent_cache_hit_rate", cache_type="answer") == 75
    assert scraped(stack, "agent_cache_hit_rate", cache_type="embedding") == 0
    clock.advance(WINDOW_SECONDS)
    assert scraped(stack, "agent_cache_hit_rate") is None


@pytest.mark.parametrize(
    ("reason", "rate"),
    [
        ("stop", 1), ("end_turn", 1), ("STOP", 1), ("stop_sequence", 1), ("tool_calls", 0),
        ("length", 0), ("content_filter", 0), ("max_tokens", 0), ("refusal", 0),
    ],
)  # fmt: skip
def test_only_the_providers_normal_stop_is_a_success(stack, reason, rate) -> None:
    """The last model call's finish reason decides whether a run succeeded."""
    run(stack, reason)
    assert scraped(stack, "agent_success_rate", template_id="support") == rate


def test_success_rate_is_a_ratio_over_the_window(stack, clock) -> None:
    """One failure of four is 0.75; when the failure has left the window the rate is 1."""
    with pytest.raises(ValueError, match="no"), stack.agent("support"):
        raise_after_a_good_call(stack)
    clock.advance(60)
    for _ in range(3):
        run(stack)
    assert scraped(stack, "agent_success_rate", template_id="support") == 0.75
    clock.advance(WINDOW_SECONDS - 60)
    assert scraped(stack, "agent_success_rate", template_id="support") == 1


def test_the_last_call_decides_also_when_it_failed(stack) -> None:
    """A failed last call is no success though the host went on; a later good one is."""
    with stack.agent("support"):
        with stack.llm("gpt-4o") as call:
            call.finish_reason("stop")
        with stack.llm("gpt-4o") as call:
            call.fail("rate_limit_exceeded")
    assert scraped(stack, "agent_success_rate") == 0
    with stack.agent("research"):
        with stack.llm("gpt-4o") as call:
            call.fail("rate_limit_exceeded")
        with stack.llm("gpt-4o") as call:
            call.finish_reason("tool_calls")
        with stack.tool("lookup"):
            pass
        with stack.llm("gpt-4o") as call:
            call.finish_reason("stop")
    assert scraped(stack, "agent_success_rate", template_id="research") == 1


def test_an_agent_below_another_decides_for_itself(stack) -> None:
    """The inner run is cut off, the outer one comes to its own normal end."""
    with stack.agent("outer"):
        with stack.agent("inner"), stack.llm("gpt-4o") as call:
            call.finish_reason("length")
        with stack.llm("gpt-4o") as call:
            call.finish_reason("stop")
    assert scraped(stack, "agent_success_rate", template_id="inner") == 0
    assert scraped(stack, "agent_success_rate", template_id="outer") == 1


def test_run_that_the_caller_left_is_no_success(stack) -> None:
    """A generator that is closed early leaves an unfinished run behind."""

    def stream():
        with stack.agent("support"):
            yield "one"

    generator = stream()
    next(generator)
    generator.close()
    assert scraped(stack, "agent_success_rate", template_id="support") == 0


def test_average_time_is_the_sum_by_the_count() -> None:
    """Runs of 1, 2 and 6 seconds took 3 on average; another template has its own."""
    metrics = Metrics()
    activity = Activity(metrics, ManualClock())
    for seconds in (1, 2, 6):
        activity.run_ended("support", seconds, succeeded=True)
    activity.run_ended("research", 40, succeeded=False)
    read = metrics.registry.get_sample_value
    assert read("agent_avg_response_time_seconds", {"template_id": "support"}) == 3
    assert read("agent_avg_response_time_seconds", {"template_id": "research"}) == 40


def test_templates_past_the_bound_share_one_value() -> None:
    """A thousand templates are a hundred and `other`, and no run is lost."""
    metrics = Metrics()
    activity = Activity(metrics, ManualClock())
    for number in range(1000):
        activity.run_ended(f"t{number}", 1, succeeded=number >= 100)
    read = metrics.registry.get_sample_value
    assert read("agent_success_rate", {"template_id": "other"}) == 1
    assert read("agent_success_rate", {"template_id": "t99"}) == 0
    family = next(each for each in metrics.registry.collect() if each.name == "agent_success_rate")
    assert len(family.samples) == 101


def test_distinct_window_stays_bounded() -> None:
    """Past its bound the window forgets who was silent longest, and holds no more."""
    window = DistinctWindow(ManualClock(), most=100)
    for number in range(1000):
        window.see(number)
    assert window.count() == 100


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.floats(0, 200, allow_nan=False), st.booleans()),
        max_size=60,
    )
)
def test_windows_agree_with_a_plain_record(events) -> None:
    """Distinct keys are exact at any time; sums cover the last 290 to 300 seconds."""
    clock = ManualClock(1_000_000.0)
    distinct, sums = DistinctWindow(clock), SumsWindow(clock)
    record: list[tuple[float, int, bool]] = []
    for key, pause, hit in events:
        clock.advance(pause)
        distinct.see(key)
        sums.add("k", float(hit))
        record.append((clock.monotonic(), key, hit))
        now = clock.monotonic()
        assert distinct.count() == len({k for at, k, _ in record if at > now - 300})
        count, hits, _ = sums.totals()["k"]
        surely = [hit for at, _, hit in record if at > now - 290]
        at_most = [hit for at, _, hit in record if at > now - 300]
        assert len(surely) <= count <= len(at_most)
        assert sum(surely) <= hits <= sum(at_most)
