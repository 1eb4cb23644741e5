"""Which stack decorators and wrappers use when none is named."""

import gc

from agent_telemetry.current_stack import current_stack


def test_it_is_the_latest_that_is_not_shut_down(make_stack) -> None:
    """Shutting the latest down goes back to the one before."""
    first = make_stack()
    second = make_stack()
    assert current_stack() is second
    second.shutdown()
    assert current_stack() is first
    first.shutdown()
    gc.collect()
    assert current_stack() is not first
