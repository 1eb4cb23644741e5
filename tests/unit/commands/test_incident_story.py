"""Telling an incident: the time before each line, waiting to a stated limit, numbers in a table."""

import io

import httpx
import pytest
from rich.console import Console

from agent_telemetry.clock import ManualClock
from commands.incident_numbers import Numbers
from commands.incident_story import IncidentError, Story
from example_app.incidents import Number

FAILED = Number(label="failed calls", metric="calls_total", labels={"status": "failed"}, rises_by=3)
SPENT = Number(label="USD spent", metric="usd_total")


@pytest.fixture
def story():
    """A story on a clock that only its own pauses move."""
    clock = ManualClock()
    return Story(Console(file=io.StringIO(), width=100), clock, clock.advance)


def _agent(*pages):
    """Return an agent that shows one page of metrics after the other, then the last for ever."""
    left = list(pages)

    def answer(_request):
        page = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(503) if page is None else httpx.Response(200, text=page)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://agent")


def _page(failed, usd=0.0):
    return (
        f'# TYPE calls_total counter\ncalls_total{{status="failed",tool="a"}} {failed}\n'
        f'calls_total{{status="failed",tool="b"}} 1\ncalls_total{{status="success"}} 50\n'
        f"# TYPE usd_total counter\nusd_total {usd}\n"
    )


def test_waiting_ends_with_the_answer(story):
    """The first true answer is returned; what could not be reached is asked again."""
    answers = [0, httpx.ReadError("away"), "here"]

    def question():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert story.wait_for(question, within=10, what="it") == "here"
    story.tell("found")
    assert story.console.file.getvalue().splitlines()[-1] == "00:02 found"


def test_waiting_ends_at_its_limit(story):
    """What does not come in time is an error that names it, the limit and the last answer."""

    def question():
        raise httpx.ReadError("away")

    with pytest.raises(IncidentError, match=r"the alert: not within 30 s \(away\)"):
        story.wait_for(question, within=30, what="the alert")
    story.tell("now")
    assert "00:30 now" in story.console.file.getvalue()


def test_numbers_add_up_their_series_and_keep_the_highest():
    """Series with the labels are added, others not; what fell again was seen all the same."""
    numbers = Numbers(_agent(_page(2), _page(6), _page(4)), [FAILED, SPENT])
    assert not numbers.seen
    numbers.read()
    assert numbers.seen
    numbers.read()
    assert numbers.seen
    shown = io.StringIO()
    Console(file=shown, width=100).print(numbers.table("now"))
    (row,) = [line for line in shown.getvalue().splitlines() if "failed calls" in line]
    assert [cell.strip() for cell in row.split("│")[1:5]] == ["failed calls", "3", "7", "5"]


def test_number_that_did_not_rise_is_named():
    """What was expected and what came are both said."""
    numbers = Numbers(_agent(_page(2), _page(3)), [FAILED])
    numbers.read()
    assert numbers.missing == [
        "failed calls: rose by 1, expected at least 3 (calls_total)",
    ]


def test_agent_too_busy_for_its_metrics_is_asked_again_later():
    """A reading that fails changes nothing; the next one counts."""
    numbers = Numbers(_agent(_page(2), None, _page(9)), [FAILED])
    numbers.read()
    assert not numbers.seen
    numbers.read()
    assert numbers.seen


def test_first_reading_that_fails_is_told():
    """Without numbers from before there is nothing to compare with."""
    with pytest.raises(httpx.HTTPStatusError):
        Numbers(_agent(None), [FAILED])
