"""Reading a streamed answer: it ends by `done`, by `error`, or breaks off."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_app.traffic.answer_stream import read_stream


def lines(*events):
    """The lines of events, each a name and its data."""
    found = []
    for name, data in events:
        found += [f"event: {name}", f"data: {json.dumps(data)}", ""]
    return found


def clock():
    """A clock that tells 10, then 11, and so on."""
    told = iter(range(10, 10_000))
    return lambda: float(next(told))


def test_done_has_the_answer():
    """The last event is the answer; the time of the first one is told."""
    answer = {"reply": "Soon.", "cost_usd": 0.5}
    told = read_stream(lines(("token", {"text": "S"}), ("tool", {}), ("done", answer)), clock())
    assert (told.status, told.answer, told.first_at) == (200, answer, 10.0)


def test_error_event_tells_its_status():
    """An answer that broke in the middle counts as what the event says, not as 200."""
    told = read_stream(lines(("token", {"text": "S"}), ("error", {"status": 502})), clock())
    assert (told.status, told.answer) == (502, {})


@pytest.mark.parametrize("events", [[], [("token", {"text": "S"})]], ids=["nothing", "a token"])
def test_cut_stream_is_no_answer(events):
    """A stream without a last event is as bad as no answer."""
    assert read_stream(lines(*events)).status == 0


def test_keep_alive_comments_are_no_first_token():
    """The server's pings are not what a person waits for."""
    told = read_stream([": ping", "", *lines(("done", {"cached": True}))], clock())
    assert told.first_at == 10.0
    assert told.answer == {"cached": True}


@given(st.lists(st.text() | st.sampled_from(["event: done", "event:error", "data: 7", "data: {}"])))
def test_any_lines_are_read(found):
    """Whatever a broken server sends, reading it ends without an exception."""
    told = read_stream(found)
    assert isinstance(told.status, int)
    assert isinstance(told.answer, dict)
