"""No run of the traffic takes more tokens than the arithmetic of a quiet night allows for."""

import itertools
from random import Random

import pytest

from example_app.benchmark import TEMPLATE as BENCHMARK_TEMPLATE
from example_app.benchmark_question import load_questions
from tests.unit.example_app.traffic.replayed_traffic import (
    BENCHMARK_USD_AN_HOUR,
    DEFAULTS,
    MOST_TOKENS,
    PROMPTS,
)

KINDS = [kind for kind in PROMPTS.shares if kind not in {"bad", "blocked"}]


class Dearest(Random):
    """Chooses the largest number and the longest text for each place of a prompt."""

    def randint(self, a, b):
        return b

    def choice(self, seq):
        return max(seq, key=len)


def dearest(prompt):
    """The prompt with its dearest fill; GLBX and INIT make comparisons with other companies."""
    filled = {PROMPTS.fill(prompt, Dearest())}
    if "{ticker}" in prompt:
        filled |= {PROMPTS.fill(prompt.replace("{ticker}", t), Dearest()) for t in ("GLBX", "UMBR")}
    return sorted(filled)


def check(answer, template, kind):
    """Hold one answer against the most."""
    assert answer["model"] == DEFAULTS["llm_model"]
    most_input, most_output = MOST_TOKENS[template, kind]
    assert answer["tokens"]["input"] <= most_input, (kind, answer)
    assert answer["tokens"]["output"] <= most_output, (kind, answer)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("template", PROMPTS.templates)
def test_first_questions_stay_below_the_most(client, template, kind):
    """Every prompt at its dearest: most days, most companies, longest names."""
    for number, prompt in enumerate(PROMPTS.texts(template, kind)):
        for message in dearest(prompt):
            answer = client.chat(message, template=template, user_id=f"p{number}")
            assert answer.status_code == 200, answer.text
            check(answer.json(), template, kind)


@pytest.mark.parametrize("template", PROMPTS.templates)
def test_follow_ups_stay_below_the_most(client, template):
    """Conversations of every first question with follow-ups in any order, each with its history."""
    follow_ups = PROMPTS.texts(template, "follow_up")
    orders = list(itertools.permutations(follow_ups, PROMPTS.habits.most_turns - 1))
    firsts = PROMPTS.texts(template, "usual") + PROMPTS.texts(template, "fresh")
    for number, (prompt, order) in enumerate(zip(firsts, itertools.cycle(orders), strict=False)):
        who = {"template": template, "user_id": f"p{number}"}
        answer = client.chat(dearest(prompt)[-1], **who).json()
        for message in order:
            answer = client.chat(message, session_id=answer["session_id"], **who).json()
            check(answer, template, "follow_up")


def test_benchmark_keeps_to_its_room(client):
    """An hour of the accuracy benchmark's questions costs less than is left for it."""
    costs = [
        client.chat(question.text, template=BENCHMARK_TEMPLATE).json()["cost_usd"]
        for question in load_questions()
    ]
    an_hour = 3600 / DEFAULTS["benchmark_seconds"]
    assert 0 < sum(costs) / len(costs) * an_hour < BENCHMARK_USD_AN_HOUR


@pytest.mark.parametrize("template", PROMPTS.templates)
def test_blocked_prompts_are_refused(client, template):
    """What the plan counts as refused is refused, as the client's error."""
    for prompt in PROMPTS.texts(template, "blocked"):
        answer = client.chat(dearest(prompt)[0], template=template)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"] == "blocked_by_policy"


@pytest.mark.parametrize("template", PROMPTS.templates)
def test_masked_prompts_are_counted_and_answered(client, template):
    """Personal data and sensitive words of the mix are hidden, not refused."""
    for prompt in PROMPTS.texts(template, "masked"):
        before = masked(client)
        assert client.chat(dearest(prompt)[0], template=template).status_code == 200
        assert masked(client) > before, prompt


def masked(client):
    """How many words and data were masked so far."""
    return sum(
        sample.value
        for family in client.stack.registry.collect()
        for sample in family.samples
        if sample.name == "agent_sensitive_word_hits_total" and sample.labels["action"] == "mask"
    )
