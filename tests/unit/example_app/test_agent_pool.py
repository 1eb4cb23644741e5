"""The pool of agents: grown on demand, shared by the templates, fair to who waits."""

import threading
from contextlib import ExitStack

import pytest

from agent_telemetry import Settings, create_observability_stack
from example_app.agent_pool import AgentPool, PoolFullError


@pytest.fixture
def telemetry():
    """A stack that keeps everything to itself."""
    stack = create_observability_stack(
        settings=Settings(service_name="pool", log_stdout=False, strict=True)
    )
    yield stack
    stack.shutdown()


def test_pool_grows_only_on_demand(telemetry) -> None:
    """A free agent is used again before a new one is made; the gauges say how many there are."""
    pool = AgentPool(5, 0, 1, telemetry)
    for _ in range(3):
        with pool.agent("support") as slot:
            assert slot == "support-1"
    with pool.agent("support"), pool.agent("support") as second:
        assert second == "support-2"
        assert telemetry.registry.get_sample_value("agent_active_count") == 2
    assert telemetry.registry.get_sample_value("agent_active_count") == 0
    assert telemetry.registry.get_sample_value("agent_pool_size") == 2
    assert telemetry.registry.get_sample_value("agent_created_total") == 2


def test_idle_agent_makes_room_for_another_template(telemetry) -> None:
    """A pool full of idle agents of one template still serves the other, within its maximum."""
    pool = AgentPool(2, 0, 1, telemetry)
    with pool.agent("support"), pool.agent("support"):
        pass
    with pool.agent("research") as slot:
        assert slot == "research-1"
    assert telemetry.registry.get_sample_value("agent_pool_size") == 2


def test_idle_agents_are_closed(telemetry) -> None:
    """After a rush the size goes down again to those who have something to do."""
    pool = AgentPool(5, 0, 1, telemetry, idle_seconds=0)
    with pool.agent("support"), pool.agent("support"):
        assert telemetry.registry.get_sample_value("agent_pool_size") == 2
    assert telemetry.registry.get_sample_value("agent_pool_size") == 0
    with pool.agent("support") as slot:
        assert slot == "support-1"
        assert telemetry.registry.get_sample_value("agent_pool_size") == 1


def test_slot_numbers_stay_within_the_maximum(telemetry) -> None:
    """However templates alternate, the names of the slots, a label of metrics, stay few."""
    pool = AgentPool(3, 0, 1, telemetry)
    seen = set()
    for turn in range(30):
        with ExitStack() as busy:
            for place in range(3):
                name = ("support", "research")[(turn + place) % 2]
                seen.add(busy.enter_context(pool.agent(name)))
    assert seen <= {f"{name}-{n}" for name in ("support", "research") for n in (1, 2, 3)}


def test_full_queue_refuses_at_once(telemetry) -> None:
    """With no agent and no place to wait there is no waiting."""
    pool = AgentPool(1, 0, 60, telemetry)
    with pool.agent("support"), pytest.raises(PoolFullError), pool.agent("support"):
        pass


def test_wait_has_an_end(telemetry) -> None:
    """Who waited too long is told so, and leaves the queue."""
    pool = AgentPool(1, 1, 0.01, telemetry)
    with pool.agent("support"), pytest.raises(PoolFullError), pool.agent("support"):
        pass
    assert telemetry.registry.get_sample_value("agent_queue_length") == 0


def test_failed_chat_gives_its_agent_back(telemetry) -> None:
    """An exception in a chat costs no agent."""
    pool = AgentPool(1, 0, 1, telemetry)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), pool.agent("support"):
            raise ZeroDivisionError
    assert telemetry.registry.get_sample_value("agent_pool_size") == 1


def test_many_threads_never_share_an_agent(telemetry) -> None:
    """Threads of both templates on a small pool: no slot is held twice, all get their turn."""
    pool = AgentPool(3, 100, 30, telemetry)
    held: set[str] = set()
    shared: list[str] = []
    served: list[str] = []

    def work(number: int) -> None:
        for _ in range(20):
            with pool.agent(("support", "research")[number % 2]) as slot:
                if slot in held:
                    shared.append(slot)
                held.add(slot)
                held.discard(slot)
                served.append(slot)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not shared
    assert len(served) == 240
    assert telemetry.registry.get_sample_value("agent_pool_size") <= 3
