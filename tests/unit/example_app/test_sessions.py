"""Conversations: bounded in number and length, gone after a while."""

from example_app.sessions import Sessions


def test_conversation_keeps_its_last_turns() -> None:
    """However long a conversation is, the model is sent its last ten turns."""
    sessions = Sessions(60)
    session = sessions.open(None, "acme", "support")
    assert session is not None
    for turn in range(50):
        sessions.remember(session, [{"role": "user", "content": str(turn)}, {"role": "assistant"}])
    assert len(session.messages) == 20
    assert session.messages[0] == {"role": "user", "content": "40"}


def test_only_sessions_of_late_are_kept() -> None:
    """Sessions are bounded: the longest unused one goes first."""
    sessions = Sessions(60)
    first = sessions.open("first", "acme", "support")
    for number in range(10_000):
        sessions.open(f"s{number}", "acme", "support")
    assert sessions.active() == 10_000
    assert sessions.open("first", "acme", "support") is not first


def test_session_belongs_to_its_tenant() -> None:
    """Another tenant gets nothing by a known id; its own comes back by it."""
    sessions = Sessions(60)
    mine = sessions.open(None, "acme", "support")
    assert mine is not None
    assert sessions.open(mine.session_id, "globex", "support") is None
    assert sessions.open(mine.session_id, "acme", "support") is mine
