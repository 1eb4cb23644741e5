"""Pages of the console: lists are paged, charts add up, alerts lead to what they are about."""

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from agent_telemetry.alerting.engine import AlertRule
from agent_telemetry.console.chart import HEIGHT, chart
from agent_telemetry.console.console import console_of
from agent_telemetry.console.page_frame import PAGES, _live
from agent_telemetry.console.pages.paging import paged
from agent_telemetry.console.query import WINDOWS, Query
from agent_telemetry.console.wording import count, money
from agent_telemetry.prices.pricing import UNITS_PER_USD
from tests.console_page import ConsolePage
from tests.unit.agent_telemetry.console.conftest import NOW
from tests.unit.agent_telemetry.console.test_feed import drawn, settled
from tests.unit.agent_telemetry.console.test_mount import PATHS, fastapi_app

_ADDRESS = re.compile(r"""(?:src|href|action)=\\?["']([^"'\\]+)|url\(\\?["']?([^"')\\]+)"""
                      r"""|import\s+(?:[\w{}*, ]+\s+from\s+)?["']([^"']+)""")  # fmt: skip


def query(**told):
    """An address of a page."""
    return Query("/console", "/", told, NOW)


@given(st.integers(0, 500), st.integers(1, 60))
def test_pages_of_a_list_have_every_row_once(rows, size):
    """The pages of a list, one after the other, are the list."""
    found, number = [], 1
    while number:
        page = paged(range(rows), query(page=str(number)), size)
        assert page.found == rows
        found += page.rows
        number = page.later
    assert found == list(range(rows))


@pytest.mark.parametrize("asked", ["0", "-1", "999999999999", "x", "1e400", "nan"])
def test_a_page_that_is_none_is_answered(asked):
    """A page number of nonsense shows some page of the list."""
    assert paged(range(120), query(page=asked)).rows


def test_tables_of_many_names_are_paged(make_stack):
    """With more tenants than a page has rows there is a next page, and none is lost."""
    stack = make_stack()
    console = console_of(stack)
    for number in range(70):
        with stack.agent("support", tenant_id=f"t{number}"), stack.llm("gpt-4o", provider="openai"):
            pass
    settled(console, stack)
    first = drawn_now(console, "tenant")
    second = drawn_now(console, "tenant", page="2")
    names = {part.attributes["data-name"] for page in (first, second)
             for part in page.all("tenant-row")}  # fmt: skip
    assert len(names) == 70
    assert first.all("older")
    assert not first.all("newest")


def drawn_now(console, template, **given_):
    """A page over the last 15 minutes."""
    page = next(each for each in PAGES if each.template == template)
    return ConsolePage(_live(console, page, Query("/console", page.path, given_, time.time())))


def test_stacked_bars_stand_on_each_other():
    """In a stacked chart the marks of a step reach as high as their sum, and never past the top."""
    made = chart("x", "x", [0, 1], {"a": [1, 2], "b": [3, None], "c": [0, 4]}, count, stacked=True)
    (first, second) = (bar.marks for bar in made.bars)
    assert [low for low, _ in first] == pytest.approx([0, HEIGHT / 6, HEIGHT * 4 / 6], abs=0.01)
    assert second[2][0] + second[2][1] == pytest.approx(HEIGHT, abs=0.02)
    assert made.top == "6"


@pytest.mark.parametrize("name", WINDOWS)
def test_bars_of_a_chart_end_with_the_present(name):
    """In every window the bars are a step apart and the last one holds the present minute."""
    window = WINDOWS[name]
    starts = window.starts(NOW)
    assert starts[-1] <= NOW // 60 < starts[-1] + window.step
    assert {after - before for before, after in itertools.pairwise(starts)} == {window.step}


@given(st.integers(0, 10**16))
def test_money_is_never_shown_as_nothing(units):
    """An amount that is not zero never reads as zero, and is right to its last digit shown."""
    shown = money(units)
    if shown.startswith("under"):
        assert 0 < units < UNITS_PER_USD // 10**6
        return
    digits = len(shown.partition(".")[2])
    value = float(shown.strip("$").replace(",", ""))
    assert value == pytest.approx(units / UNITS_PER_USD, abs=0.51 * 10**-digits, rel=1e-12)
    assert (value == 0) == (units == 0)


def test_an_alert_leads_to_what_it_is_about(make_stack):
    """A firing alert is on both pages, with its state and a link to the traces behind it."""
    stack = make_stack()
    console = console_of(stack)
    stack.alerts.add_rule(
        AlertRule("HighErrorRate", "critical", lambda _: True, lambda _: "half of all fail")
    )
    stack.alerts.evaluate()
    page = drawn(console, "alerts")
    shown = next(
        part for part in page.all("alert") if part.attributes["data-name"] == "HighErrorRate"
    )
    assert shown.attributes["data-state"] == "firing"
    assert "half of all fail" in shown.text
    links = [part.attributes["href"] for part in page.all("alert-look")]
    assert "/console/traces?status=failing" in links
    assert page.all("change")[0].attributes["data-status"] == "firing"
    assert "half of all fail" in drawn(console, "overview").one("firing").text


def test_nothing_comes_from_elsewhere(make_stack):
    """No page names another host for a script, style, font or picture; a header forbids it."""
    app = fastapi_app()
    make_stack().console(app)
    with TestClient(app) as client:
        for path in PATHS:
            answer = client.get(f"/console{path}")
            found = [one or two or three for one, two, three in _ADDRESS.findall(answer.text)]
            assert found, path
            assert not [each for each in found if re.match(r"(?:[a-z]+:)?//", each)], path
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "http" not in policy
