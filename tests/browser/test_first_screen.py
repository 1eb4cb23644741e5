"""The pictures of the README's first screen: drawn by a real run, small, in light and in dark.

``UPDATE_SCREENSHOTS=1 make test ARGS=tests/browser/test_first_screen.py`` draws those anew that are
committed; every run keeps its own below reports/screenshots.
"""

import shutil

import pytest
from playwright.sync_api import expect

from commands.environment import flag
from tests.browser.chatting import ask
from tests.browser.desk import COMMITTED, theme
from tests.process.conftest import a_free_port, lites

PICTURES = ("chat", "trace", "incident", "alert")
SCHEMES = ("light", "dark")
MOST_BYTES = 250_000
_SIZE = {"width": 1280, "height": 800}
_ALERT_MS = 60_000


@pytest.fixture(scope="module")
def lite(browser, tmp_path_factory):
    """A lite version as people have it: usual times, rules that look back a minute."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(AGENT_TELEMETRY_ALERTS_SECONDS="1")


def test_pictures_are_drawn(desks, lite):
    """Chat, waterfall, running incident and firing alert, in light and in dark as the system is."""
    desk = desks(**_SIZE)
    chat = desk.open("/")
    ask(chat, "Where is my order 1042?")
    answer = ask(chat, "I want a refund for order 1044")
    _draw(desk, "chat", chat)
    trace = desk.follow(answer.get_by_test_id("trace").click)
    expect(trace.get_by_test_id("waterfall")).to_be_visible()
    _draw(desk, "trace", trace)
    faults = desk.beside("/faults")
    card = faults.locator("li[data-name=tool_failure]")
    card.get_by_role("button", name="Start", exact=True).click()
    try:
        expect(card.get_by_test_id("alert-state")).to_contain_text("is firing", timeout=_ALERT_MS)
        expect(card.get_by_test_id("chats")).to_contain_text("14 answered", timeout=_ALERT_MS)
        _draw(desk, "incident", faults)
        alerts = desk.beside("/console/alerts")
        fired = alerts.locator("[data-testid=alert][data-name=APICallFailures]")
        expect(fired).to_have_attribute("data-state", "firing")
        _draw(desk, "alert", alerts)
    finally:
        lite.http.delete("/faults").raise_for_status()


def _draw(desk, name, page):
    """Keep a page in both themes; the committed pictures are only drawn when asked for."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("theme")).to_have_text("Light" if scheme == "dark" else "Dark")
        assert theme(page) == scheme
        path = desk.keep(f"{name}-{scheme}", page)
        if flag("UPDATE_SCREENSHOTS"):
            COMMITTED.mkdir(exist_ok=True)
            shutil.copy(path, COMMITTED)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PICTURES)
def test_committed_picture_is_small(name, scheme):
    """Each picture of the README is there, is a PNG, and loads quickly."""
    data = (COMMITTED / f"{name}-{scheme}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) <= MOST_BYTES
