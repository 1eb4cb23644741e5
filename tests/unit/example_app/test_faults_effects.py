"""What the agent's own faults do: real, within bounds, and undone at their end."""

import re
import threading
from contextlib import contextmanager

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from example_app.held_agents import HeldAgents
from example_app.made_up_person import with_personal_data
from example_app.memory_leak import MemoryLeak
from tests.polling import wait_for


def _resident() -> float:
    """Return this process' resident memory in megabytes."""
    return psutil.Process().memory_info().rss / 1e6


def test_leak_is_resident_bounded_and_given_back():
    """The system really gives the memory, no more than the bound, and has it back at the end."""
    leak = MemoryLeak()
    leak.open(60)
    before = _resident()
    for _ in range(5):
        leak.grow(20)
    assert leak.megabytes == 60
    assert _resident() - before > 55
    leak.close()
    assert leak.megabytes == 0
    assert _resident() - before < 20


def test_leak_that_is_closed_takes_nothing():
    """A chat that comes too late for the fault leaks nothing."""
    leak = MemoryLeak()
    leak.grow(1)
    leak.open(10)
    leak.close()
    leak.grow(1)
    assert leak.megabytes == 0


def test_leak_leaves_the_machine_something(monkeypatch):
    """On a machine that runs short the leak stops before its own bound."""
    leak = MemoryLeak()
    leak.open(1000)
    short = psutil.virtual_memory()._replace(available=260 * 10**6)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: short)
    leak.grow(5)
    assert leak.megabytes == 0
    leak.grow(3)
    assert leak.megabytes == 3
    leak.close()


@contextmanager
def _held():
    held = HeldAgents()
    held.open()
    try:
        yield held
    finally:
        held.close()


def test_agent_is_held_until_its_time():
    """An agent is kept, and goes back by itself exactly once when its time is over."""
    back = []
    with _held() as held:
        held.hold(lambda: back.append("late"), 60)
        held.hold(lambda: back.append("soon"), 0.05)
        wait_for(lambda: back, within=10, what="the second agent is back", pause=0.01)
        assert back == ["soon"]
    assert back == ["soon", "late"]


def test_agents_go_back_at_once_when_the_fault_ends():
    """At the end every held agent is back, and one that comes later is not kept."""
    back = []
    with _held() as held:
        for number in range(5):
            held.hold(lambda number=number: back.append(number), 60)
        assert back == []
    assert back == [0, 1, 2, 3, 4]
    held.hold(lambda: back.append("after"), 60)
    assert back[-1] == "after"


def test_no_agent_is_lost_or_given_back_twice_in_a_race():
    """Agents that come while the fault ends are all back once, whoever was first."""
    back = []
    held = HeldAgents()
    held.open()

    def come(number: int) -> None:
        held.hold(lambda: back.append(number), 0.01)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    held.close()
    for thread in threads:
        thread.join()
    wait_for(lambda: len(back) == 50, within=10, what="all are back", pause=0.01)
    assert sorted(back) == list(range(50))


@given(st.text(max_size=200))
def test_personal_data_passes_the_checks_of_real_data(message):
    """Whatever people write, card and IBAN have right check digits and the message is all there."""
    text = with_personal_data(message)
    assert text.startswith(message)
    added = text[len(message) :]
    card = re.search(r"card is ([\d ]{19}),", added)
    account = re.search(r"Iban ([A-Z]{2}\d+)\.$", added)
    assert luhn.is_valid(card[1].replace(" ", ""))
    assert iban.is_valid(account[1])
    assert re.search(r"\b[a-z.0-9]+@example\.(com|net|org)\b", added)
    assert re.search(r"\+44 20 7946 0\d{3}\b", added)


@given(st.text(max_size=50))
def test_same_message_gets_the_same_person(message):
    """The cache is of use as before: the same words are the same message again."""
    assert with_personal_data(message) == with_personal_data(message)


@pytest.mark.parametrize("message", ["Where is my order 1042?", "How long does shipping take?"])
def test_personal_data_is_no_order_number_to_the_simulator(message):
    """What was added has no words that make the model look up something else."""
    added = with_personal_data(message)[len(message) :]
    assert not re.search(r"\b(order|refund|account|policy|package)\b", added, re.IGNORECASE)
