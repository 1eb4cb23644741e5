"""A fault becomes an alert that is delivered, and its end is delivered too."""

import time

import pytest

from commands.environment import flag
from tests.polling import wait_for

ALERT = "APICallFailures"

# The condition looks at five minutes: more than ten failed calls of one tool. Without traffic the
# alert is over five minutes after the last failed call, and the resolution is sent with the
# group's next flush.
DELIVERED_SECONDS = 180
RESOLVED_SECONDS = 480
BURST = 14


@pytest.fixture(scope="module")
def fault_began_at(inbox, prometheus):
    """When this run's fault began: not before an earlier run's alert is over, if there is one.

    An alert that fires on is not delivered again, so it would be waited for in vain.
    """

    def quiet():
        firing = prometheus.value(f'count(ALERTS{{alertname="{ALERT}"}})')
        assert firing == 0, f"{ALERT} still fires from an earlier run"
        newest = [*inbox.alerts(ALERT, "", 0), {"status": "resolved"}][0]
        assert newest["status"] == "resolved", "its end is not delivered yet"
        return True

    wait_for(quiet, within=RESOLVED_SECONDS, what="an earlier alert is over", pause=2)
    return time.time()


def test_alert_reaches_the_inbox(inbox, fault_began_at, faults, poll, chats):
    """Failing tool calls: APICallFailures is delivered to the inbox."""
    faults("tool_failure")
    chats(BURST, "alert")

    def delivered():
        # Kept above the limit: the burst itself may leave the window before it is looked at.
        chats(1, "alert-more")
        return inbox.alerts(ALERT, "firing", fault_began_at)

    alerts = poll(delivered, within=DELIVERED_SECONDS, what=f"{ALERT} at the inbox")
    labels = alerts[0]["labels"]
    assert labels["scope"] == "tool"
    assert labels["severity"] == "warning"
    assert labels["service"] == "example-agent"
    assert labels["tool_name"] == "lookup_order"
    assert alerts[0]["annotations"]["summary"]
    assert alerts[0]["annotations"]["description"]


def test_end_of_the_alert_reaches_the_inbox(inbox, poll, fault_began_at):
    """The fault cleared: its end is delivered to the inbox."""
    if flag("SMOKE_QUICK"):
        pytest.skip("SMOKE_QUICK=1: the five minutes of the alert's window are not waited for")
    assert inbox.alerts(ALERT, "firing", fault_began_at), "it was never delivered as firing"
    alerts = poll(
        lambda: inbox.alerts(ALERT, "resolved", fault_began_at),
        within=RESOLVED_SECONDS,
        what=f"{ALERT} resolved at the inbox",
    )
    assert alerts[0]["labels"]["tool_name"] == "lookup_order"
