"""Every incident that has an alert, in lite: fault, in-process alert, notifiers, resolved."""

import pytest

from example_app.incidents import load_incidents
from tests.process.test_lite_alerts import FAULTS, follow, lite, received

__all__ = ["lite", "received"]

#: An agent that has nothing to do is closed after five minutes; only then is the pool smaller.
_POOL_SECONDS = 420
_USUAL_SECONDS = 90


@pytest.mark.parametrize(
    "fault", [name for name, each in load_incidents().items() if each.alert and name not in FAULTS]
)
def test_fault_is_told_and_its_end_too(lite, received, fault):
    """What tests/process leaves out for its time: the other faults, the slow ones among them."""
    wait = _POOL_SECONDS if fault == "pool_exhaustion" else _USUAL_SECONDS
    follow(lite, received, fault, wait=wait)
