"""A real Chromium without a window, on a lite version that each module starts for itself."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, chromium
from tests.browser.desk import Desk
from tests.process.conftest import a_free_port, lites

#: A rule is looked at each second and looks back a third of the usual minute.
_SHORT = {"AGENT_TELEMETRY_ALERTS_SECONDS": "1", "AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS": "20"}


#: What is expected of a page may take this long: the machine may be busy.
expect.set_options(timeout=20_000)


# Of a module, as its event loop would be in the way of tests that come later and run their own.
@pytest.fixture(scope="module")
def browser():
    """One browser for all tests of a module."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def lite(browser, tmp_path_factory):
    """One lite version for all tests of a module."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(SIM_LATENCY_SCALE="0.3", BENCHMARK_SECONDS="0", **_SHORT)


@pytest.fixture
def desks(browser, lite, request):
    """Opens browser contexts; checks each when the test is over."""
    opened: list[Desk] = []

    def seat(**options) -> Desk:
        opened.append(Desk(browser, str(lite.http.base_url), **options))
        return opened[-1]

    yield seat
    name = request.node.name.replace("[", "-").rstrip("]")
    wrong = []
    for number, desk in enumerate(opened):
        try:
            desk.close(f"{name}-{number}" if number else name)
        except AssertionError as error:
            wrong.append(str(error))
    assert wrong == []


@pytest.fixture
def desk(desks):
    """A browser context of the usual size, in a light system."""
    return desks()
