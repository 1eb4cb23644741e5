"""What a person reads when there is no answer: plain words, a way on, and the way to the logs."""

import pytest
from playwright.sync_api import expect

from example_app.chat_refusals import BUDGET_SPENT
from example_app.rate_limit import RateLimiter
from example_app.tenants import Tenant
from tests.browser.chatting import ask


def _limited():
    limiter, tenant = RateLimiter(), Tenant("acme", requests_per_minute=1)
    assert limiter.take(tenant) is None
    return limiter.take(tenant)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (_limited(), "At most 1 requests a minute; try again in"),
        (BUDGET_SPENT, "budget is spent, so the model was not asked"),
    ],
    ids=["rate-limited", "budget-spent"],
)
def test_refusal_is_told_and_can_be_tried_again(desk, refusal, told):
    """A refusal's own words are shown; the same question works once there is room again."""
    desk.expected.append(f"status of {refusal.status}")
    page = desk.open("/")
    body = refusal.body("request-of-the-test")
    page.route("**/chat", lambda route: route.fulfill(status=refusal.status, json=body))
    page.get_by_label("Message").fill("Where is my order 1042?")
    page.keyboard.press("Enter")
    answer = page.get_by_test_id("answer")
    expect(answer.get_by_role("alert")).to_contain_text(told)
    expect(answer.get_by_test_id("code")).to_have_text(refusal.code)
    assert "request-of-the-test" in answer.get_by_test_id("logs").get_attribute("href")
    desk.keep(f"refused-{refusal.code}")
    page.unroute("**/chat")
    answer.get_by_test_id("again").click()
    expect(page.get_by_test_id("facts")).to_be_visible()


def test_agent_that_is_gone_is_said_plainly(desk):
    """Where nobody answers, the page says so instead of waiting, and does not break."""
    desk.expected.append("net::ERR_CONNECTION_REFUSED")
    page = desk.open("/")
    page.route("**/chat", lambda route: route.abort("connectionrefused"))
    page.get_by_label("Message").fill("Where is my order 1042?")
    page.keyboard.press("Enter")
    told = page.get_by_test_id("problem")
    expect(told).to_have_text("The agent does not answer. Is it running?")
    desk.keep("agent-down")
    page.unroute("**/chat")
    ask(page, "Where is my order 1042?")


def test_too_long_message_is_not_lost(desk):
    """The agent refuses 70 000 letters; the page says how many may be and gives the text back."""
    desk.expected.append("status of 413")
    page = desk.open("/")
    page.get_by_label("Message").fill("a" * 70_000)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("problem")).to_contain_text("too long: a message may have 64 KiB")
    assert len(page.get_by_label("Message").input_value()) == 70_000


def test_answer_that_breaks_off_says_where_to_look(desk, lite):
    """A model that hangs up is told in a sentence, which leads to the log lines of its request."""
    desk.expected.append("status of 502")
    page = desk.open("/")
    lite.http.put("/faults/cut_stream", json={}).raise_for_status()
    try:
        page.get_by_label("Message").fill("Where is my order 1042? Tell me everything about it.")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("problem")).to_contain_text("The model gave no answer")
    finally:
        lite.http.delete("/faults").raise_for_status()
    logs = desk.follow(page.get_by_test_id("logs").click)
    expect(logs.get_by_test_id("log-line").filter(has_text="request_refused")).to_have_count(1)


def test_escape_stops_an_answer(desk, lite):
    """A person who does not want to wait presses Escape and may ask anew."""
    page = desk.open("/")
    lite.http.put("/faults/slow_first_token", json={"delay_seconds": 20}).raise_for_status()
    try:
        page.get_by_label("Message").fill("Where is my order 1042? Slowly, please.")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("problem")).to_have_text("Stopped.")
    finally:
        lite.http.delete("/faults").raise_for_status()
    ask(page, "Where is my order 1043?")
