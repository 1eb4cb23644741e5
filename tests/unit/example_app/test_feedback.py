"""``POST /feedback``: counted, told, and linked to what it rates."""

import pytest

from example_app.rated_answers import RatedAnswers


def feedback_span(client, trace_id: str):
    """Rate an answer up and return the span of the rating's own request."""
    response = client.request("POST", "/feedback", json={"trace_id": trace_id, "rating": "up"})
    assert response.status_code == 200
    (span,) = client.spans(response.headers["traceparent"].split("-")[1])
    return span


@pytest.mark.parametrize("stream", [False, True])
def test_rating_is_linked_to_the_rated_trace(client, *, stream: bool) -> None:
    """The rating's span has an event with the rating, and a link to the chat's own span."""
    response = client.chat(stream=stream)
    trace_id = response.headers["traceparent"].split("-")[1]
    span = feedback_span(client, trace_id)
    (event,) = span.events
    assert event.name == "user_feedback"
    assert dict(event.attributes) == {"rating": "up", "rated_trace_id": trace_id}
    (link,) = span.links
    (rated,) = [each for each in client.spans(trace_id) if each.name == "POST /chat"]
    assert (link.context.trace_id, link.context.span_id) == (
        rated.context.trace_id,
        rated.context.span_id,
    )


def test_cached_answer_can_be_rated(client) -> None:
    """A repeated answer has a trace of its own, which the rating is linked to."""
    client.chat()
    again = client.chat().json()
    assert again["cached"] is True
    (link,) = feedback_span(client, again["trace_id"]).links
    assert format(link.context.trace_id, "032x") == again["trace_id"]


def test_rating_of_an_unknown_answer_counts_without_a_link(client) -> None:
    """After a restart nobody knows the trace any more: the thumb counts, and nothing is wrong."""
    span = feedback_span(client, "0123456789abcdef0123456789abcdef")
    assert span.events[0].name == "user_feedback"
    assert not span.links
    assert client.sample("agent_user_actions_total", action="feedback_up") == 1
    (line,) = client.log(event="feedback")
    assert line["extra"]["rating"] == "up"


def test_refused_chat_cannot_be_linked(client) -> None:
    """Only answers are rated."""
    refused = client.chat(template="poet")
    assert not feedback_span(client, refused.headers["traceparent"].split("-")[1]).links


@pytest.mark.parametrize(
    "body", [{}, {"trace_id": "x", "rating": "up"}, {"trace_id": "0" * 32, "rating": "best"}, []]
)
def test_wrong_rating_is_refused(client, body: object) -> None:
    """A rating without a trace id, or of another kind, is a 4xx and counts as nothing."""
    response = client.request("POST", "/feedback", json=body)
    assert response.status_code in {400, 422}
    assert client.sample("agent_user_actions_total", action="feedback_up") == 0


def test_known_answers_are_bounded(client, monkeypatch) -> None:
    """The oldest answers are forgotten."""
    monkeypatch.setattr("example_app.rated_answers._MOST_ANSWERS", 2)
    rated = RatedAnswers()
    span = client.spans(client.chat().json()["trace_id"])[0].context
    for trace_id in (1, 2, 3):
        rated.keep(type(span)(trace_id, 1, is_remote=False))
    assert [rated.find(format(each, "032x")) is not None for each in (1, 2, 3)] == [
        False, True, True,
    ]  # fmt: skip
