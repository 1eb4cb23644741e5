"""A stack that is well says so: no alert but the Watchdog. The first of these tests to run."""

from tests.stack.quiet_watch import becomes_quiet, rising_requests

#: tests/long/test_quiet_stack.py looks at ten minutes.
QUIET_SECONDS = 90
WITHIN_SECONDS = 480


def test_no_alert_in_demo_traffic(stack):
    """With the demo's traffic nothing is pending or firing that the host does not explain."""
    unexplained = becomes_quiet(stack, QUIET_SECONDS, within=WITHIN_SECONDS)

    assert rising_requests(stack, QUIET_SECONDS) > 0, "there was no traffic"
    assert not unexplained
