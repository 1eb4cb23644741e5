"""What people spoke of earlier: used for them, for nobody else, and told to no signal."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import Settings, create_observability_stack
from example_app.memory import Memory, points_back


@pytest.fixture(scope="module")
def telemetry():
    """A stack that keeps everything to itself."""
    stack = create_observability_stack(
        settings=Settings(service_name="memory", log_stdout=False, strict=True)
    )
    yield stack
    stack.shutdown()


def recalled(memory: Memory, tenant: str, user: str) -> str:
    """Return everything that the model would be told."""
    return " ".join(message["content"] for message in memory.recall(tenant, user))


def test_last_order_is_known_in_a_new_session(client) -> None:
    """A later conversation understands "my order" from an earlier one of the same person."""
    first = client.chat("Where is my order 1043?", user_id="ann").json()
    later = client.chat("Where is my order?", user_id="ann").json()
    assert later["session_id"] != first["session_id"]
    assert [tool["name"] for tool in later["tools"]] == ["lookup_order"]
    assert "1043" in later["reply"]


def test_answer_of_the_cache_is_remembered_too(client) -> None:
    """Who got a cached answer about an order has spoken of it as well."""
    client.chat("Where is my order 1047?", user_id="ann")
    assert client.chat("Where is my order 1047?", user_id="bob").json()["cached"] is True
    assert "1047" in client.chat("Where is my order?", user_id="bob").json()["reply"]


def test_last_share_is_known_to_the_research_agent(client) -> None:
    """The research agent remembers the share that a person asked about."""
    ask = {"template": "research", "user_id": "ann"}
    client.chat("What was the price of GLBX over 5 days?", **ask)
    later = client.chat("What was the price of that share over 3 days?", **ask).json()
    assert "GLBX" in later["reply"]


@pytest.mark.parametrize("other", [{"user_id": "bob"}, {"tenant_id": "globex"}, {"user_id": None}])
def test_nobody_else_reaches_it(client, other: dict[str, str | None]) -> None:
    """Another user, the same user id of another tenant, and somebody unnamed get nothing of it."""
    ann = {"user_id": "ann", "tenant_id": "acme"}
    client.chat("Where is my order 1043?", **ann)
    reply = client.chat("Where is my order?", **{**ann, **other}).json()
    assert "1043" not in reply["reply"]
    assert reply["tools"] == []


def test_answer_out_of_memory_is_not_given_to_others(client) -> None:
    """What was answered from one person's memory is in no cache for the next one."""
    client.chat("Where is my order 1043?", user_id="ann")
    client.chat("Where is my order?", user_id="ann")
    reply = client.chat("Where is my order?", user_id="bob").json()
    assert reply["cached"] is False
    assert "1043" not in reply["reply"]


def test_no_signal_has_what_is_remembered(client, tmp_path: Path) -> None:
    """The steps of the memory tell how many facts there were, not which."""
    client.chat("Where is my order 1043?", user_id="ann")
    answer = client.chat("Where is my order?", user_id="ann").json()
    spans = client.spans(answer["trace_id"])
    assert [s.attributes["memory.facts"] for s in spans if s.name.startswith("memory ")] == [1, 1]
    told = json.dumps([dict(span.attributes) for span in spans])
    lines = [line for line in client.log() if line.get("trace_id") == answer["trace_id"]]
    assert "1043" not in told
    assert "1043" not in json.dumps(lines)


def test_newer_fact_takes_the_place(telemetry) -> None:
    """Only the last order is known; an order and a share stand side by side."""
    memory = Memory(telemetry, 60)
    for number in ("1042", "1043"):
        memory.remember("acme", "ann", {"order_id": number})
    memory.remember("acme", "ann", {"symbol": "ACME"})
    assert recalled(memory, "acme", "ann") == (
        "Earlier I asked about order 1043 and the share ACME."
    )


def test_people_are_forgotten(telemetry) -> None:
    """The oldest person makes room for a new one, time takes the rest, and one can be forgotten."""
    memory = Memory(telemetry, 60, most_people=2)
    for user in ("ann", "bob", "cid"):
        memory.remember("acme", user, {"order_id": "1042"})
    assert recalled(memory, "acme", "ann") == ""
    memory.forget("acme", "bob")
    assert recalled(memory, "acme", "bob") == ""
    gone = Memory(telemetry, 0)
    gone.remember("acme", "ann", {"order_id": "1042"})
    assert recalled(gone, "acme", "ann") == ""


@given(st.text(), st.text(max_size=300))
def test_no_fact_can_carry_an_instruction(telemetry, name: str, value: str) -> None:
    """Whatever a tool returns, only short names of known kinds reach a later prompt."""
    memory = Memory(telemetry, 60)
    memory.remember("acme", "ann", {name: value, "order_id": value})
    told = recalled(memory, "acme", "ann")
    assert told in {"", f"Earlier I asked about order {value}."}
    assert len(told) < 60


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Where is my order?", True),
        ("Can I cancel it?", True),
        ("Where is my last order?", True),
        ("Where is my order 1042?", False),
        ("What was the price of ACME over the last 30 days?", False),
        ("How long does express shipping take?", False),
        ("What is your refund policy?", False),
    ],
)
def test_what_points_back(message: str, *, expected: bool) -> None:
    """Only a message that leaves its thing unnamed needs the memory; others stay cacheable."""
    assert points_back(message) is expected
