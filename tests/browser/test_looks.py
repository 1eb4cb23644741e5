"""Looks: light and dark on every page, narrow screens, and pages with nothing to show."""

import pytest
from playwright.sync_api import expect

from tests.browser.chatting import ask
from tests.browser.desk import overflow, theme

CONSOLE = (
    "",
    "traces",
    "logs",
    "alerts",
    "graph",
    "models",
    "tools",
    "tenants",
    "latency",
    "health",
)
PAGES = ("/", "/faults", "/runbooks", "/runbooks/APICallFailures")


def test_theme_follows_the_system_until_one_is_chosen(desks):
    """A dark system gets dark pages; a choice holds on every page and after a reload."""
    desk = desks(scheme="dark")
    page = desk.open("/")
    assert theme(page) == "dark"
    page.get_by_test_id("theme").click()
    assert theme(page) == "light"
    page.reload()
    assert theme(page) == "light"
    for path in ("/faults", "/runbooks/APICallFailures", "/console/"):
        desk.open(path)
        expect(page.get_by_test_id("theme")).to_have_text("Dark")
        assert theme(page) == "light", path
    page.get_by_test_id("theme").click()
    expect(page.get_by_test_id("theme")).to_have_text("Light")
    assert theme(page) == "dark"
    desk.open("/")
    assert theme(page) == "dark"


def test_theme_has_a_key_that_typing_is_not(desk):
    """The key t switches the theme, but a t in a message is a letter."""
    page = desk.open("/")
    page.keyboard.type("t")
    assert (theme(page), page.get_by_label("Message").input_value()) == ("light", "t")
    page.get_by_test_id("theme").focus()
    page.keyboard.press("t")
    assert theme(page) == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screen_never_scrolls_sideways(desks, scheme):
    """At 390 pixels every page fits, an answer and a waterfall included."""
    desk = desks(scheme=scheme, width=390, height=844)
    page = desk.open("/")
    answer = ask(page, "I want a refund for order 1044")
    trace = answer.get_by_test_id("trace").get_attribute("href")
    wide = {"/ with an answer": overflow(page)}
    desk.keep(f"narrow-chat-{scheme}")
    for path in (*PAGES, *(f"/console/{name}" for name in CONSOLE), trace):
        desk.open(path)
        shown = "waterfall" if path == trace else "live"
        if path.startswith("/console"):
            expect(page.get_by_test_id(shown)).to_be_visible()
        assert theme(page) == scheme, path
        wide[path] = overflow(page)
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}


def test_nothing_to_show_is_said(desk):
    """A trace that is not there, a filter without a match and a runbook of no alert say so."""
    page = desk.open("/console/traces/" + "0" * 32)
    expect(page.get_by_test_id("empty")).to_contain_text("This trace is not here")
    desk.open("/console/logs?text=nothing-has-this-text")
    expect(page.get_by_test_id("empty")).to_contain_text("No line matches")
    desk.expected.append("status of 404")
    desk.open("/runbooks/APICallFailure")
    expect(page.get_by_role("link", name="APICallFailures").first).to_be_visible()
    expect(page.locator("article")).to_contain_text("Did you mean")


def test_console_is_walked_by_keys(desk):
    """In the console g and a letter go to a page, and / to its filter."""
    page = desk.open("/console/")
    expect(page.get_by_test_id("live")).to_be_visible()
    for letter, title in (("t", "Traces"), ("a", "Alerts"), ("l", "Logs")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page.get_by_test_id("live").get_by_role("heading", level=1)).to_contain_text(title)
    page.keyboard.press("/")
    expect(page.get_by_test_id("filter-text")).to_be_focused()
