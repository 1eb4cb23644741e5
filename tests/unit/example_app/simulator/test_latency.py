"""How long answers take, by the numbers that the pace is made of."""

import pytest

from example_app.simulator.latency import Latency
from example_app.simulator.model_catalogue import ModelCatalogue

MODEL = ModelCatalogue.load().find("gpt-4o-mini", "openai", "chat")


def test_same_seed_same_pace():
    """Latencies are a function of the seed and the order of calls."""
    draws = [
        [latency.pace(MODEL, prompt_tokens=500) for _ in range(5)]
        for latency in (Latency(seed=1, scale=1), Latency(seed=1, scale=1))
    ]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 5


def test_usual_time_is_that_of_the_catalogue():
    """The middle of many draws is the model's own figure, in seconds."""
    latency = Latency(seed=1, scale=1)
    totals = sorted(latency.pace(MODEL, prompt_tokens=1000).total(60) for _ in range(999))
    expected = MODEL.first_token + 1000 * MODEL.per_prompt_token + 60 * MODEL.per_output_token
    assert totals[499] == pytest.approx(expected, rel=0.05)


def test_cached_prompt_is_faster_and_scale_zero_is_instant():
    """Cached tokens take no time; a scale of zero takes none at all."""
    slow = Latency(seed=1, scale=1).pace(MODEL, prompt_tokens=9000)
    fast = Latency(seed=1, scale=1).pace(MODEL, prompt_tokens=9000, cached_tokens=8960)
    assert fast.first_token < slow.first_token
    assert Latency(seed=1, scale=0).pace(MODEL, prompt_tokens=9000).total(1000) == 0


def test_a_normal_night_stays_below_the_latency_alert():
    """A run of two rounds with the default model stays under 2 s nineteen times of twenty."""
    latency = Latency(seed=1, scale=1)
    runs = sorted(
        latency.pace(MODEL, prompt_tokens=600).total(20)
        + latency.pace(MODEL, prompt_tokens=800).total(90)
        for _ in range(2000)
    )
    assert runs[1900] < 2
