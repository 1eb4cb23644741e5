"""The last traces: bounded by number and by bytes."""

import threading

from agent_telemetry.traces.buffer import TraceBuffer
from agent_telemetry.traces.trace_record import Trace


def trace(number: int, size: int = 0) -> Trace:
    """Return a trace of an estimated size."""
    made = Trace(f"{number:032x}", f"trace {number}")
    made.estimated_bytes = size
    return made


def test_it_keeps_the_last_thousand() -> None:
    """The oldest trace goes when a new one comes."""
    buffer = TraceBuffer()
    for number in range(1100):
        buffer.add(trace(number))
    assert len(buffer) == 1000
    assert [each.name for each in buffer.last(2)] == ["trace 1098", "trace 1099"]
    assert buffer.find(f"{99:032x}") is None


def test_it_is_bounded_by_bytes() -> None:
    """A few huge traces push out the rest; the latest one always stays."""
    buffer = TraceBuffer(most_traces=100, most_bytes=1000)
    for number in range(50):
        buffer.add(trace(number, 100))
    assert len(buffer) == 10
    buffer.add(trace(99, 5000))
    assert [each.name for each in buffer.last()] == ["trace 99"]
    buffer.add(trace(100, 10))
    assert [each.name for each in buffer.last()] == ["trace 100"]


def test_clear_forgets_everything() -> None:
    """After ``clear`` there is room for as much as before."""
    buffer = TraceBuffer(most_traces=100, most_bytes=1000)
    buffer.add(trace(1, 900))
    buffer.clear()
    for number in range(9):
        buffer.add(trace(number, 100))
    assert len(buffer) == 9


def test_many_threads_may_add() -> None:
    """50 threads at once leave exactly what fits."""
    buffer = TraceBuffer(most_traces=100)
    start = threading.Barrier(50)

    def work(number: int) -> None:
        start.wait()
        for each in range(20):
            buffer.add(trace(number * 20 + each, 1))
            buffer.last()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(buffer) == 100
