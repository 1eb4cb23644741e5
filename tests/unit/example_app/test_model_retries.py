"""Trying again, and asking another model: how often, after which wait, and how it is told."""

import pytest

from tests.unit.example_app.scripted_model import Refused, scripted_model
from tests.unit.example_app.test_model_client import HELLO, answer

BUSY = {"code": "rate_limit_exceeded", "message": "Slow down, key sk-12345678901234567890ab"}


def limited(wait: str) -> Refused:
    """Return a 429 that asks to wait."""
    return Refused(429, BUSY, {"retry-after": wait})


def test_provider_is_asked_again_after_its_wait(make_client) -> None:
    """A 429 with Retry-After costs that wait, counted by model; the person gets an answer."""
    with scripted_model(limited("0.05"), limited("0.1"), HELLO) as model:
        client = make_client(llm_base_url=model.url)
        assert client.chat().status_code == 200
    assert model.calls == 3
    retried = {"model": "gpt-4o-mini", "reason": "rate_limit_exceeded"}
    assert client.sample("agent_model_retries_total", **retried) == 2
    waited = client.sample("agent_rate_limit_wait_seconds_total", model="gpt-4o-mini")
    assert waited == pytest.approx(0.15)


def test_wait_is_bounded(make_client, monkeypatch) -> None:
    """A provider that asks for an hour does not hold the person up for an hour."""
    monkeypatch.setattr("example_app.model_question._LONGEST_WAIT", 0.02)
    with scripted_model(limited("3600"), HELLO) as model:
        client = make_client(llm_base_url=model.url)
        assert client.chat().status_code == 200
    waited = client.sample("agent_rate_limit_wait_seconds_total", model="gpt-4o-mini")
    assert waited == pytest.approx(0.02)


@pytest.mark.parametrize("wait", ["soon", "", "-5", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_strange_wait_is_no_wait(make_client, wait: str) -> None:
    """What is no number of seconds is not obeyed; the usual short wait holds."""
    with scripted_model(limited(wait), HELLO) as model:
        assert make_client(llm_base_url=model.url).chat().status_code == 200
    assert model.calls == 2


def test_refusal_for_good_is_not_tried_again(make_client) -> None:
    """A 400 will be a 400 again."""
    with scripted_model(Refused(400, {"code": "bad_request", "message": "no"})) as model:
        assert make_client(llm_base_url=model.url).chat().status_code == 502
    assert model.calls == 1


def test_fallback_model_is_asked_once(make_client) -> None:
    """When the model keeps failing another one answers, and the answer says which."""
    down = Refused(500, {"code": "server_error", "message": "down"}, {"retry-after": "0"})
    with scripted_model(
        down, down, down, answer({"content": "Hi."}, model="gpt-4.1-nano")
    ) as model:
        client = make_client(llm_base_url=model.url, llm_fallback_model="gpt-4.1-nano")
        response = client.chat()
    assert response.json()["reply"] == "Hi."
    assert response.json()["model"] == "gpt-4.1-nano"
    assert [b'"gpt-4.1-nano"' in body for body in model.bodies] == [False, False, False, True]
    fell = {"model": "gpt-4o-mini", "reason": "server_error"}
    assert client.sample("agent_model_fallbacks_total", **fell) == 1


def test_fallback_that_fails_is_the_end(make_client) -> None:
    """The other model is asked once; its failure is the answer."""
    down = Refused(500, {"code": "server_error", "message": "down"}, {"retry-after": "0"})
    with scripted_model(down) as model:
        client = make_client(llm_base_url=model.url, llm_fallback_model="gpt-4.1-nano")
        assert client.chat().status_code == 502
    assert model.calls == 4


def test_without_a_fallback_there_is_none(make_client) -> None:
    """By default no other model is asked."""
    down = Refused(500, {"code": "server_error", "message": "down"}, {"retry-after": "0"})
    with scripted_model(down) as model:
        assert make_client(llm_base_url=model.url).chat().status_code == 502
    assert model.calls == 3
