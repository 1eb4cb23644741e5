"""What telemetry costs its caller, shown by itself."""

import pytest

from tests.scrape import samples, scraped


def test_one_operation_in_sixteen_is_timed(stack) -> None:
    """Start and finish of a sample of the operations are in the scrape, failures included."""
    for number in range(160):
        if number % 2:
            with stack.tool("lookup"):
                pass
        else:
            with pytest.raises(ValueError, match="no"), stack.llm("gpt-4o"):
                raise ValueError("no")
    for phase in ("start", "finish"):
        assert scraped(stack, "telemetry_overhead_seconds_count", phase=phase) == 10
        assert 0 < scraped(stack, "telemetry_overhead_seconds_sum", phase=phase) < 10


def test_overhead_points_at_no_trace(stack) -> None:
    """The time is ours, not a span's: no exemplar."""
    with stack.agent("support"), stack.tool("lookup"):
        pass
    found = samples(stack.registry, "telemetry_overhead_seconds_bucket")
    assert found
    assert not [sample for sample in found if sample.exemplar]
