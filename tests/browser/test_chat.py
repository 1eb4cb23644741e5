"""The chat page: an answer as it streams, its numbers, and the ways from it to trace and logs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chatting import ask
from tests.browser.desk import tab_to
from tests.polling import wait_for
from tests.smoke.metric_samples import read_metrics, total


def test_answer_shows_its_numbers(desk):
    """Tool, tokens, cost, latency and model stand below an answer."""
    page = desk.open("/")
    expect(page.get_by_test_id("empty")).to_be_visible()
    answer = ask(page, "Where is my order 1042? All about it.")
    expect(page.get_by_test_id("empty")).to_be_hidden()
    expect(answer.get_by_test_id("answer-text")).to_contain_text("Order 1042 is shipped")
    expect(answer.get_by_test_id("tool")).to_have_text(re.compile(r"lookup_order \d+ ms"))
    expect(answer.get_by_test_id("tokens")).to_have_text(re.compile(r"^\d{3,} → \d{2,}$"))
    expect(answer.get_by_test_id("cost")).to_have_text(re.compile(r"^\$0\.000\d{3}$"))
    expect(answer.get_by_test_id("latency")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(answer.get_by_test_id("model")).to_have_text("gpt-4o-mini")
    expect(page.get_by_test_id("totals")).to_contain_text("1 answer · ")


def test_trace_link_leads_to_the_waterfall(desk):
    """The answer's trace is in the console with each step of its run, at the same cost."""
    desk.open("/")
    answer = ask(desk.page, "I want a refund for order 1044")
    cost = answer.get_by_test_id("cost").inner_text()
    page = desk.follow(answer.get_by_test_id("trace").click)
    expect(page.get_by_test_id("trace-name")).to_contain_text("POST /chat")
    waterfall = page.get_by_test_id("waterfall")
    for name in ("process_request", "Agent.Chat", "Tool.lookup_order", "Tool.request_refund"):
        expect(waterfall.locator(f"[data-name='{name}']")).to_have_count(1)
    units = int(page.get_by_test_id("trace-cost").get_attribute("data-units"))
    assert f"${units / 1e12:.6f}" == cost
    call = waterfall.locator("[data-name='chat gpt-4o-mini']").first
    call.locator("summary").click()
    expect(call).to_contain_text("gen_ai.request.model")
    desk.keep("waterfall")


def test_log_link_finds_the_line_and_the_line_its_trace(desk):
    """The lines of the answer's request are found, and one of them leads back to the trace."""
    desk.open("/")
    answer = ask(desk.page, "Where is my order 1043?")
    trace = answer.get_by_test_id("trace").get_attribute("href").rpartition("/")[2]
    page = desk.follow(answer.get_by_test_id("logs").click)
    line = page.get_by_test_id("log-line").filter(has_text="request_end")
    expect(line).to_have_count(1)
    line.locator("summary").click()
    expect(line.locator("pre")).to_contain_text(trace)
    line.get_by_test_id("trace-link").click()
    expect(page.get_by_test_id("trace-id")).to_have_text(trace)


def test_feedback_is_taken(desk, lite):
    """A thumb is pressed once, says so, and is counted."""

    def counted() -> float:
        return total(read_metrics(lite.http), "agent_user_actions_total", {"action": "feedback_up"})

    desk.open("/")
    before = counted()
    answer = ask(desk.page, "How long does shipping take?")
    thumb = answer.get_by_test_id("thumb-up")
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(answer.get_by_test_id("thumb-down")).to_be_disabled()
    wait_for(lambda: counted() == before + 1, within=10, what="the thumb is counted", pause=0.2)


def test_chat_needs_no_mouse(desk):
    """By keyboard alone: ask, go to the trace, come back, ask again in the same conversation."""
    page = desk.open("/")
    page.keyboard.type("Where is my order 1042?")
    page.keyboard.press("Enter")
    answer = page.get_by_test_id("answer")
    expect(answer.get_by_test_id("facts")).to_be_visible()
    expect(page.get_by_label("Message")).to_be_focused()
    tab_to(page, answer.get_by_test_id("trace"), "Shift+Tab")
    trace = desk.follow(lambda: page.keyboard.press("Enter"))
    expect(trace.get_by_test_id("waterfall")).to_be_visible()
    trace.close()
    desk.page = page
    tab_to(page, page.get_by_label("Message"))
    page.keyboard.type("And")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("order 1044?")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("facts")).to_have_count(2)
    expect(page.get_by_test_id("question-text").nth(1)).to_have_text("And\norder 1044?")


@pytest.mark.parametrize(("kind", "tool"), [("Shop support", "support"), ("Research", "research")])
def test_examples_answer_at_a_click(desk, kind, tool):
    """An example of the empty page asks the agent that it names, and is answered."""
    page = desk.open("/")
    page.get_by_test_id("example").filter(has_text=kind).first.click()
    expect(page.get_by_test_id("facts")).to_be_visible()
    assert page.get_by_label("Agent", exact=True).input_value() == tool
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_test_id("empty")).to_be_visible()
    expect(page.get_by_test_id("answer")).to_have_count(0)
