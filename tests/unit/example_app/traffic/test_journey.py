"""What a visitor sends next, with what the agent said before."""

from example_app.traffic.journey import Journey
from example_app.traffic.traffic_record import Outcome
from example_app.traffic.visit_plan import FEEDBACK, Turn, Visit

ASK = Turn("usual", {"message": "Where is my order 1042?"})
ASK_ON = Turn("follow_up", {"message": "Thanks!"})
THUMB = Turn(FEEDBACK, {"rating": "up"})
ANSWERED = Outcome(200, 0.1, {"session_id": "s1", "trace_id": "t1"})
FAILED = Outcome(502, 0.1)


def journey(*visits, **options):
    """A journey through visits, each of these turns."""
    return Journey(iter([Visit("acme", "support", turns, **options) for turns in visits]))


def test_follow_up_carries_the_session_and_feedback_the_trace():
    """What the agent gave with its answer goes back with the next turns, and only with them."""
    way = journey((ASK, THUMB, ASK_ON), (ASK,))
    assert way.content(way.next_turn()) == {"json": ASK.body}
    way.heard(ANSWERED)
    thumb = way.next_turn()
    assert thumb.path == "/feedback"
    assert way.content(thumb) == {"json": {"rating": "up", "trace_id": "t1"}}
    way.heard(FAILED)
    assert way.content(way.next_turn())["json"]["session_id"] == "s1"
    assert "session_id" not in way.content(way.next_turn())["json"]


def test_thumb_for_no_answer_is_passed_over():
    """Without an answer there is nothing to rate."""
    way = journey((ASK, THUMB, ASK_ON))
    assert way.next_turn() is ASK
    way.heard(FAILED)
    assert way.next_turn() is ASK_ON


def test_key_goes_with_every_turn_of_its_visit():
    """A visit with a key sends its tenant's own each time; one without sends none."""
    way = journey((ASK, ASK_ON), with_key=True)
    way.next_turn()
    assert way.headers()["X-API-Key"] == "demo-key-acme"
    way.next_turn()
    assert way.headers()["X-API-Key"] == "demo-key-acme"
    way = journey((ASK,))
    way.next_turn()
    assert "X-API-Key" not in way.headers()


def test_wrong_key_is_sent_as_it_stands():
    """A visit that is to be refused for its key sends that one."""
    way = journey((ASK,), wrong_key="nobody's")
    way.next_turn()
    assert way.headers()["X-API-Key"] == "nobody's"


def test_agent_that_wants_keys_gets_them():
    """After a refusal for want of a key (AUTH_REQUIRED) every visit sends its tenant's key."""
    way = journey((ASK,), (ASK,))
    way.next_turn()
    assert "X-API-Key" not in way.headers()
    way.heard(Outcome(401, 0.1))
    way.next_turn()
    assert way.headers()["X-API-Key"] == "demo-key-acme"


def test_raw_turn_is_sent_as_it_stands():
    """A body that is no JSON stays none."""
    way = journey((Turn("bad", None, '{"mess'),))
    assert way.content(way.next_turn()) == {"data": '{"mess'}
