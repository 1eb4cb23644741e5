"""The plan of visits: decided by the seed, gentle by arithmetic."""

import tomllib
from collections import Counter
from itertools import islice

import pytest

from example_app.settings import DATA
from example_app.simulator.entities import order_number, tickers
from example_app.templates import DEFAULT
from example_app.tenants import TENANTS
from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits

PROMPTS = Prompts.load()
A_NIGHT = 20_000
"""Visits of about eight hours at the usual rate."""
RATE = 40
CACHE_SECONDS = 3600
# OpenAI's list prices of gpt-4o-mini in US dollars a token, and what a run takes at the very most.
INPUT_PRICE, OUTPUT_PRICE = 0.15e-6, 0.60e-6
MOST_INPUT, MOST_OUTPUT = 6000, 800


def visits(seed=7, count=A_NIGHT):
    """The first visits of a seed."""
    return list(islice(plan_visits(seed, PROMPTS), count))


def misses(night, lifetime):
    """First questions that are not in a cache of that lifetime in seconds, and their number."""
    clock, asked, missed = 0.0, 0, 0
    known = {}
    for visit in night:
        first = visit.turns[0]
        if not first.refused:
            key = (visit.tenant, visit.template, first.body["message"])
            asked += 1
            if clock - known.get(key, -lifetime) >= lifetime:
                known[key] = clock
                missed += 1
        clock += 60 / RATE * len(visit.turns)
    return missed, asked


def test_same_seed_same_visits():
    """Two plans of one seed are equal; another seed gives another plan."""
    assert visits(1, 500) == visits(1, 500)
    assert visits(1, 500) != visits(2, 500)


@pytest.mark.parametrize("seed", [1, 7, 99])
def test_cache_hits_stay_above_seventy_percent(seed):
    """Of the questions that a cache may answer, more than 70 % were asked within the hour."""
    missed, asked = misses(visits(seed), CACHE_SECONDS)
    assert 1 - missed / asked > 0.70


def test_cache_hits_hold_for_a_short_cache():
    """Even a cache of ten minutes keeps the hit rate above the alert's 60 %."""
    missed, asked = misses(visits(), 600)
    assert 1 - missed / asked > 0.60


@pytest.mark.parametrize("seed", [1, 7, 99])
def test_bad_requests_stay_below_two_percent(seed):
    """Requests that must be refused are there, and fewer than 2 %."""
    turns = [turn for visit in visits(seed) for turn in visit.turns]
    share = sum(turn.refused for turn in turns) / len(turns)
    assert 0.002 < share < 0.02


def test_a_normal_night_costs_less_than_a_dollar_an_hour():
    """Every run that no cache can answer, at the most tokens a run takes, stays below $1/h."""
    night = visits()
    missed, _ = misses(night, CACHE_SECONDS)
    follow_ups = sum(len(visit.turns) - 1 for visit in night)
    hours = sum(len(visit.turns) for visit in night) / RATE / 60
    most = MOST_INPUT * INPUT_PRICE + MOST_OUTPUT * OUTPUT_PRICE
    assert (missed + follow_ups) * most / hours < 1


def test_slow_requests_stay_below_five_percent():
    """Complex questions are in the mix, too few of them to move the 95th percentile."""
    kinds = Counter(turn.kind for visit in visits() for turn in visit.turns)
    assert set(kinds) == {"usual", "fresh", "slow", "bad", "follow_up"}
    assert 0 < kinds["slow"] / kinds.total() < 0.05


def test_everyone_comes():
    """All tenants and many people of each come, with both templates."""
    night = visits()
    assert {visit.tenant for visit in night} == set(TENANTS)
    assert {visit.template for visit in night} == {DEFAULT, "research"}
    people = {turn.body["user_id"] for visit in night for turn in visit.turns if not turn.refused}
    assert len(people) == sum(tenant.users for tenant in PROMPTS.tenants)


def test_follow_ups_stay_with_their_person():
    """All turns of a visit have one tenant, one person and one template."""
    for visit in visits(count=2000):
        if not visit.turns[0].refused:
            bodies = [turn.body for turn in visit.turns]
            assert len({(b["tenant_id"], b["user_id"], b["template"]) for b in bodies}) == 1


def test_no_place_is_left_open():
    """Every `{place}` of a prompt is filled."""
    messages = [t.body["message"] for v in visits() for t in v.turns if not t.refused]
    assert not [message for message in messages if "{" in message or "}" in message]


def test_prompts_keep_to_what_the_demo_has():
    """No usual question asks for an order or a company that the demo does not know."""
    orders = tomllib.loads((DATA / "orders.toml").read_text("utf-8"))["order"]
    known = {order["order_id"] for order in orders}
    for tenant in PROMPTS.tenants:
        for prompt in PROMPTS.template(tenant.template).usual:
            assert order_number([prompt]) in {None, *known}
            assert set(tickers([prompt])) <= {"ACME", "GLBX", "INIT", "UMBR"}
