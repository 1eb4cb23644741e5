"""An incident on the pages alone: started, seen to fire, understood, stopped, seen to be over."""

import re

from playwright.sync_api import expect

from tests.browser.chatting import ask

_ALERT_MS = 60_000


def test_incident_from_start_to_resolved(desk):
    """The faults page starts it and sends its chats; the console's alerts show it come and go."""
    faults = desk.open("/faults")
    card = faults.locator("li[data-name=tool_failure]")
    expect(card.get_by_test_id("alert-state")).to_have_text("is quiet")
    card.get_by_role("button", name="Start", exact=True).click()
    expect(card.get_by_test_id("state")).to_have_text(re.compile(r"^running, (9|10):\d\d left$"))
    expect(card.get_by_test_id("chats")).to_have_text(re.compile(r"^\d+ chats? sent"))

    console = desk.beside("/console/alerts")
    alert = console.locator("[data-testid=alert][data-name=APICallFailures]")
    expect(alert).to_have_attribute("data-state", "firing", timeout=_ALERT_MS)
    expect(alert).to_contain_text("lookup_order")
    desk.keep("alert-fires", console)
    expect(card.get_by_test_id("alert-state")).to_contain_text("is firing: ")
    desk.keep("incident-runs", faults)
    runbook = desk.follow(card.get_by_role("link", name="runbook").click)
    expect(runbook.get_by_test_id("runbook").get_by_role("heading", level=1)).to_have_text(
        "APICallFailures"
    )

    failed = desk.beside("/")
    answer = ask(failed, "Where is my order 1044?")
    expect(answer.get_by_test_id("tool")).to_have_class(re.compile("failed"))
    trace = desk.follow(answer.get_by_test_id("trace").click)
    expect(trace.get_by_test_id("failures")).to_contain_text("Tool.lookup_order")

    stop = card.get_by_role("button", name="Stop")
    stop.focus()
    faults.keyboard.press("Enter")
    expect(card.get_by_test_id("state")).to_have_text("off")
    expect(alert).to_have_attribute("data-state", "resolved", timeout=_ALERT_MS)
    for status in ("firing", "resolved"):
        change = f"[data-testid=change][data-name=APICallFailures][data-status={status}]"
        expect(console.locator(change)).to_have_count(1)
    expect(card.get_by_test_id("alert-state")).to_have_text("is resolved")


def test_fault_alone_sends_no_chats(desk, lite):
    """Without its chats a fault is only started; all are stopped at one press."""
    page = desk.open("/faults")
    page.get_by_test_id("drive").uncheck()
    for name in ("cache_storm", "personal_data"):
        page.locator(f"li[data-name={name}] .start").click()
        expect(page.get_by_test_id("said")).to_have_text(f"{name} started")
    expect(page.locator("li.active")).to_have_count(2)
    expect(page.locator(".chats:visible")).to_have_count(0)
    page.get_by_role("button", name="Stop all").click()
    expect(page.locator("li.active")).to_have_count(0)
    faults = lite.http.get("/faults").json()["faults"]
    assert [fault["name"] for fault in faults if fault["active"]] == []


def test_wrong_time_is_refused_by_the_page(desk):
    """Minutes that no fault may last start nothing; the field says what it takes."""
    page = desk.open("/faults")
    page.get_by_label("Start for").fill("5000")
    page.locator("li[data-name=tool_failure] .start").click()
    assert page.get_by_label("Start for").evaluate("(each) => each.validationMessage")
    expect(page.locator("li.active")).to_have_count(0)
