"""The words of an answer on the chat page, as they come from a model that takes its time."""

import pytest

from tests.browser.chatting import ask
from tests.process.conftest import a_free_port, lites

#: Notes how long the words of an answer were each time that they grew.
_NOTE_GROWTH = """
  window.grown = [];
  new MutationObserver(() => {
    const words = document.querySelector(".busy .text")?.textContent.length;
    if (words && words !== window.grown.at(-1)) window.grown.push(words);
  }).observe(document, {childList: true, subtree: true, characterData: true});
"""


@pytest.fixture(scope="module")
def lite(browser, tmp_path_factory):
    """A lite version with a slow model: a busy browser must not draw two sentences as one."""
    with lites(tmp_path_factory.mktemp("lite"), a_free_port()) as begin:
        yield begin(SIM_LATENCY_SCALE="5", BENCHMARK_SECONDS="0")


def test_words_come_piece_by_piece(desk):
    """The first sentence can be read while the model still makes the next one."""
    page = desk.page
    page.add_init_script(_NOTE_GROWTH)
    desk.open("/")
    ask(page, "Where is my order 1042?")
    grown = page.evaluate("window.grown")
    assert len(grown) > 2, "the words came all at once"
    assert grown == sorted(grown)
