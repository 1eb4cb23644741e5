"""The plan of visits: decided by the seed, made of what the demo has."""

import tomllib
from collections import Counter
from itertools import islice

import pytest

from example_app.chat_request import ChatRequest
from example_app.settings import DATA
from example_app.simulator.entities import order_number, tickers
from example_app.templates import DEFAULT
from example_app.tenants import TENANTS
from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import FEEDBACK, plan_visits

PROMPTS = Prompts.load()
A_NIGHT = 20_000
"""Visits of about eleven hours at the usual rate."""


def visits(seed=7, count=A_NIGHT):
    """The first visits of a seed."""
    return list(islice(plan_visits(seed, PROMPTS), count))


@pytest.fixture(scope="module")
def night():
    """The visits of a night."""
    return visits()


@pytest.fixture(scope="module")
def chats(night):
    """Every chat of a night that is to be answered."""
    return [t for v in night for t in v.turns if not t.refused and t.kind != FEEDBACK]


def test_same_seed_same_visits():
    """Two plans of one seed are equal; another seed gives another plan."""
    assert visits(1, 500) == visits(1, 500)
    assert visits(1, 500) != visits(2, 500)


def test_everyone_comes(night, chats):
    """All tenants and many people of each come, with both templates."""
    assert {visit.tenant for visit in night} == set(TENANTS)
    assert {visit.template for visit in night} == {DEFAULT, "research"}
    people = {turn.body["user_id"] for turn in chats}
    assert len(people) == sum(tenant.users for tenant in PROMPTS.tenants)


def test_turns_of_a_visit_belong_together(night):
    """All chats of a visit have one tenant, one person, one template, and come the same way."""
    for visit in night[:2000]:
        bodies = [t.body for t in visit.turns if t.kind not in {"bad", FEEDBACK}]
        keys = ("tenant_id", "user_id", "template", "stream")
        assert len({tuple(body.get(key) for key in keys) for body in bodies}) <= 1
        assert all(body["tenant_id"] == visit.tenant for body in bodies)


def test_habits_have_their_shares(night, chats):
    """Streams, keys, feedback (mostly up) and conversations come about as often as written."""
    habits = PROMPTS.habits
    good = [visit for visit in night if visit.turns[0].kind != "bad"]
    thumbs = Counter(t.body["rating"] for v in night for t in v.turns if t.kind == FEEDBACK)
    asked = Counter(sum(t.kind != FEEDBACK for t in visit.turns) for visit in good)
    assert sum(v.with_key for v in good) / len(good) == pytest.approx(habits.key, rel=0.1)
    streamed = sum(turn.stream for turn in chats)
    assert streamed / len(chats) == pytest.approx(habits.stream, rel=0.1)
    assert thumbs.total() / len(chats) == pytest.approx(habits.feedback, rel=0.1)
    assert thumbs["up"] / thumbs.total() == pytest.approx(habits.up, rel=0.1)
    assert set(asked) == set(range(1, habits.most_turns + 1))
    assert 1 - asked[1] / asked.total() == pytest.approx(habits.follow_up, rel=0.15)


def test_thumb_follows_its_answer(night):
    """Feedback comes after a chat that is answered, never first and never twice."""
    for visit in night:
        for before, turn in zip((None, *visit.turns), visit.turns, strict=False):
            if turn.kind == FEEDBACK:
                assert before is not None
                assert before.kind != FEEDBACK
                assert not before.refused


def test_no_place_is_left_open(chats):
    """Every `{place}` of a prompt is filled."""
    messages = [turn.body["message"] for turn in chats]
    assert not [message for message in messages if "{" in message or "}" in message]


def test_every_chat_fits_the_interface(chats):
    """What is to be answered is a request as the agent takes it."""
    for turn in chats:
        ChatRequest.model_validate(turn.body)


def test_bad_requests_are_wrong_in_different_ways(night):
    """Broken JSON, missing fields, unknown templates, wrong keys: each way is tried."""
    bad = {(str(v.turns[0].body), v.turns[0].raw, v.wrong_key) for v in night if _is_bad(v)}
    assert len(bad) == len(PROMPTS.bad)


def _is_bad(visit):
    return visit.turns[0].kind == "bad"


def test_foreign_prompts_are_in_other_scripts():
    """Right-to-left, Cyrillic, Japanese and emoji are in the mix."""
    texts = "".join(text for name in PROMPTS.templates for text in PROMPTS.texts(name, "foreign"))
    for first, last in ("\u0600\u06ff", "\u0400\u04ff", "\u3040\u30ff", "\U0001f300\U0001faff"):
        assert any(first <= letter <= last for letter in texts)


def test_usual_prompts_keep_to_what_the_demo_has():
    """No usual question asks for an order or a company that the demo does not know."""
    orders = tomllib.loads((DATA / "orders.toml").read_text("utf-8"))["order"]
    known = {order["order_id"] for order in orders}
    for template in PROMPTS.templates:
        for prompt in PROMPTS.texts(template, "usual"):
            assert order_number([prompt]) in {None, *known}
            assert set(tickers([prompt])) <= {"ACME", "GLBX", "INIT", "UMBR"}
