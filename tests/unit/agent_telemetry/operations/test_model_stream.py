"""Streamed answers: times of their pieces, their speed, and one end however they end."""

import asyncio
import gc
import time
from contextvars import copy_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ObservabilityStack
from agent_telemetry.asgi.departures import CallerLeft
from agent_telemetry.operations.token_estimate import estimate_tokens
from tests.scrape import scraped

FIRST = "gen_ai_client_operation_time_to_first_chunk_seconds"
GAPS = "gen_ai_client_operation_time_per_output_chunk_seconds"
SPEED = "agent_output_tokens_per_second"


class Stopwatch:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """The time by which operations are measured."""
    stopwatch = Stopwatch()
    monkeypatch.setattr(time, "perf_counter", stopwatch)
    return stopwatch


def outcomes(stack: ObservabilityStack) -> dict[str, float]:
    """How the streams ended, as far as any did."""
    names = ("completed", "aborted", "error", "abandoned")
    found = {
        name: scraped(stack, "agent_stream_outcome_total", provider="openai", outcome=name)
        for name in names
    }
    return {name: count for name, count in found.items() if count}


def test_pieces_are_timed(stack, finished, watch) -> None:
    """The first piece gives the time to first chunk, each later one the time since the last."""
    with stack.llm("gpt-4o") as call:
        for pause in (0.5, 0.25, 0.75):
            watch.now += pause
            call.chunk()
        watch.now += 10
    labels = {"gen_ai_operation_name": "chat", "gen_ai_request_model": "gpt-4o"}
    assert scraped(stack, f"{FIRST}_count", **labels) == 1
    assert scraped(stack, f"{FIRST}_sum", **labels) == 0.5
    assert scraped(stack, f"{GAPS}_count", **labels) == 2
    assert scraped(stack, f"{GAPS}_sum", **labels) == 1
    span = finished()["chat gpt-4o"]
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 0.5
    assert span.attributes["gen_ai.request.stream"] is True
    assert span.attributes["llm.stream.outcome"] == "completed"


@pytest.mark.parametrize(
    ("told", "usage", "speed"),
    [
        ((10, 20, 20), None, 20),  # 40 tokens in the 2 s after the first piece
        ((10, 20, 20), {"output": 90}, 40),  # the provider's number wins over ours
        ((None, None, None), {"output": 90}, 30),  # two of three pieces, taken as equally long
        ((10, 20, 20), {"output": 90, "reasoning": 40}, 20),  # thought before the first piece
        ((None, 20, 20), None, None),  # nobody knows
        ((10,), {"output": 90}, None),  # nothing after the first piece
    ],
)
def test_speed_after_the_first_piece(stack, watch, told, usage, speed) -> None:
    """Tokens a second count what came after the first piece, by the best number there is."""
    with stack.llm("gpt-4o", provider="openai") as call:
        for tokens in told:
            watch.now += 1
            call.chunk(tokens)
        if usage is not None:
            call.usage(input=1, **usage)
    found = scraped(stack, f"{SPEED}_sum", provider="openai", model="gpt-4o")
    assert found == (None if speed is None else pytest.approx(speed))


def stream(stack: ObservabilityStack):
    """A generator that streams inside a model call."""
    with stack.llm("gpt-4o") as call:
        for piece in ("one", "two", "three"):
            call.chunk()
            yield piece
        call.usage(input=10, output=3)


async def async_stream(stack: ObservabilityStack):
    """The same, asynchronous."""
    with stack.llm("gpt-4o") as call:
        for piece in ("one", "two", "three"):
            call.chunk()
            await asyncio.sleep(0)
            yield piece
        call.usage(input=10, output=3)


def read_all(pieces) -> None:
    """Read to the end."""
    assert list(pieces) == ["one", "two", "three"]


def close_early(pieces) -> None:
    """Read one piece and close."""
    next(pieces)
    pieces.close()


def throw_away(pieces) -> None:
    """Read one piece and forget about the rest."""
    next(pieces)
    del pieces
    gc.collect()


def throw(error: BaseException):
    """Return a reader in whose hands the stream breaks."""

    def read(pieces) -> None:
        next(pieces)
        with pytest.raises(type(error)):
            pieces.throw(error)

    return read


@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        (read_all, "completed"),
        (close_early, "aborted"),
        (throw_away, "aborted"),
        (throw(CallerLeft("hung up")), "aborted"),
        (throw(type("ClientDisconnect", (Exception,), {})()), "aborted"),
        (throw(ConnectionError("cut")), "error"),
        (throw(TimeoutError()), "error"),
    ],
)
def test_one_end_however_a_stream_ends(stack, spans, read, outcome) -> None:
    """One finished span and one outcome; a reader who leaves is no error of the agent."""
    read(stream(stack))
    assert outcomes(stack) == {outcome: 1}
    assert stack.flush(5)
    assert len(spans.get_finished_spans()) == 1
    calls = scraped(stack, "ai_model_calls_total")
    usage = scraped(stack, "agent_tokens_total") or 0
    assert calls == 1
    assert usage == (13 if outcome == "completed" else 0)


async def leave(pieces) -> None:
    """Read one piece and close."""
    await anext(pieces)
    await pieces.aclose()


async def be_cancelled(pieces) -> None:
    """Be cancelled while waiting for a piece."""
    await anext(pieces)
    task = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def read_whole(pieces) -> None:
    """Read to the end."""
    assert [piece async for piece in pieces] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("read", "outcome"),
    [(read_whole, "completed"), (leave, "aborted"), (be_cancelled, "aborted")],
)
def test_asynchronous_streams_end_once_too(stack, spans, read, outcome) -> None:
    """The same for asynchronous generators, a cancelled task included."""
    asyncio.run(read(async_stream(stack)))
    assert outcomes(stack) == {outcome: 1}
    assert stack.flush(5)
    assert len(spans.get_finished_spans()) == 1


def begin_and_forget(stack: ObservabilityStack, watch: Stopwatch) -> None:
    """Begin a stream outside any `with`, read two pieces, and lose it."""
    call = stack.llm("gpt-4o")
    copy_context().run(call.__enter__)
    for _ in range(2):
        watch.now += 1
        call.chunk(10)
    del call
    gc.collect()
    watch.now += 3600


def test_lost_stream_is_abandoned_at_the_next_scrape(stack, finished, watch) -> None:
    """A call that is collected without an end ends at its last piece, in the very next scrape."""
    begin_and_forget(stack, watch)
    assert outcomes(stack) == {"abandoned": 1}
    assert scraped(stack, "ai_model_duration_seconds_sum") == 2
    assert finished()["chat gpt-4o"].attributes["llm.stream.outcome"] == "abandoned"


def test_lost_calls_end_with_the_next_call_or_at_shutdown(stack, spans, watch) -> None:
    """Without a scrape they end all the same."""
    begin_and_forget(stack, watch)
    with stack.llm("gpt-4o"):
        pass
    assert stack.flush(5)
    assert len(spans.get_finished_spans()) == 2
    begin_and_forget(stack, watch)
    stack.shutdown()
    assert len(spans.get_finished_spans()) == 3


def test_lost_call_that_did_not_stream_is_an_error(stack, log_lines) -> None:
    """Whoever begins a call and never ends it sees so in metrics and log."""
    copy_context().run(stack.llm("gpt-4o").__enter__)
    gc.collect()
    assert scraped(stack, "ai_model_calls_total", status="error") == 1
    assert log_lines()[-1]["error_type"] == "abandoned"


def test_stream_that_fails_before_its_first_piece(stack) -> None:
    """A call announced as a stream has an outcome though no piece ever came."""
    with pytest.raises(TimeoutError), stack.llm("gpt-4o", **{"gen_ai.request.stream": True}):
        raise TimeoutError
    assert outcomes(stack) == {"error": 1}
    assert scraped(stack, f"{FIRST}_count") is None


def test_call_that_does_not_stream_has_no_outcome(stack) -> None:
    """A plain answer is in none of the families of streams."""
    with stack.llm("gpt-4o") as call:
        call.usage(input=1, output=1)
    assert outcomes(stack) == {}
    assert scraped(stack, f"{FIRST}_count") is None


def test_end_elsewhere_is_told_as_at_home(stack, log_lines) -> None:
    """A stream that is closed in another context keeps its trace and its tenant in the log."""
    made = copy_context().run(start_below_a_run, stack)
    made.close()
    line = next(each for each in log_lines() if each["event"] == "llm_end")
    run = next(each for each in log_lines() if each["event"] == "agent_end")
    assert line["trace_id"] == run["trace_id"]
    assert line["tenant_id"] == "acme"
    assert line["extra"]["stream_outcome"] == "aborted"


def start_below_a_run(stack: ObservabilityStack):
    """A run that hands out its stream and ends before it."""
    with stack.agent("support", tenant_id="acme"):
        made = stream(stack)
        next(made)
    return made


def test_estimated_usage_is_marked(stack, finished, log_lines) -> None:
    """Estimated tokens are counted like others and marked in span and log."""
    with stack.llm("gpt-4o") as call:
        call.usage(input=estimate_tokens("how are you"), output=2, estimated=True)
    assert scraped(stack, "agent_tokens_total", model="gpt-4o", kind="input") == 3
    assert finished()["chat gpt-4o"].attributes["gen_ai.usage.estimated"] is True
    assert log_lines()[-1]["extra"]["tokens_estimated"] is True
    assert scraped(stack, "agent_usage_missing_total") in {None, 0}


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), max_size=200))
def test_estimate_is_words_times_one_point_three(words) -> None:
    """Any text gives a whole number, exactly words x 1.3 rounded down."""
    found = estimate_tokens("  \n".join(words))
    assert type(found) is int
    assert 10 * found <= 13 * len(words) < 10 * (found + 1)
