"""Which answers are given again, to whom, and which never."""

from tests.polling import wait_for


def test_spelling_of_the_question_does_not_matter(client) -> None:
    """Case and white space are not part of a question; its words are."""
    client.chat("Where is my order 1042?")
    assert client.chat("  where is MY\n order 1042? ").json()["cached"] is True
    assert client.chat("Where is my order 1043?").json()["cached"] is False


def test_no_cache_asks_the_agent_anew(client) -> None:
    """``Cache-Control: no-cache`` gets a fresh answer, which then replaces the kept one."""
    client.chat()
    fresh = client.request(
        "POST",
        "/chat",
        json={"message": "Where is my order 1042?"},
        headers={"cache-control": "no-cache"},
    ).json()
    assert fresh["cached"] is False
    assert fresh["tools"][0]["name"] == "lookup_order"
    assert client.chat().json()["cached"] is True
    read = {"cache_type": "answer", "tenant_id": "public"}
    assert client.sample("agent_cache_requests_total", result="miss", **read) == 1


def test_answer_that_changed_something_is_not_given_again(client) -> None:
    """A refund is filed by the tool each time it is asked for, never by a kept sentence."""
    first, second = (client.chat("I want a refund for order 1044").json() for _ in range(2))
    assert "request_refund" in [tool["name"] for tool in first["tools"]]
    assert (first["cached"], second["cached"]) == (False, False)


def test_follow_up_is_no_question_of_its_own(client) -> None:
    """Within a conversation the same words may mean something else: they are asked anew."""
    session = client.chat("Where is my order 1042?").json()["session_id"]
    client.chat("Where is my order 1043?", session_id=session)
    client.chat("What does it contain?")
    answer = client.chat("What does it contain?", session_id=session).json()
    assert answer["cached"] is False


def test_kept_answer_starts_a_conversation(client) -> None:
    """After an answer from the cache the next question knows what was said."""
    client.chat()
    kept = client.chat().json()
    assert kept["cached"] is True
    answer = client.chat("I want a refund for it", session_id=kept["session_id"]).json()
    assert "request_refund" in [tool["name"] for tool in answer["tools"]]


def test_templates_do_not_share_answers(client) -> None:
    """The same words to another agent are another question."""
    client.chat("hello")
    assert client.chat("hello", template="research").json()["cached"] is False


def test_kept_answer_expires(make_client) -> None:
    """An answer older than its time to live is not given again."""
    client = make_client(cache_ttl_seconds=1)
    client.chat()
    wait_for(
        lambda: client.chat().json()["cached"] is False,
        within=5,
        what="the kept answer expires",
        pause=0.2,
    )
