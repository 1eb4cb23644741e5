"""A stack that is well says so: no alert but the Watchdog. The first of these tests to run."""

from tests.stack.quiet_watch import rising_requests, watch

#: tests/long/test_quiet_stack.py looks at ten minutes.
SECONDS = 120


def test_no_alert_in_demo_traffic(stack):
    """With the demo's traffic nothing is pending or firing that the host does not explain."""
    unexplained, host = watch(stack, SECONDS)

    assert rising_requests(stack, SECONDS) > 0, "there was no traffic"
    assert not unexplained, f"the host's highest load: {host.highest}"
