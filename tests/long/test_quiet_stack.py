"""Ten minutes of the demo's traffic on a fresh stack: no alert but the Watchdog.

QUIET_SECONDS shortens it. A stack of its own is started; STACK_TEST_RUNNING=1 looks at the one
that runs.
"""

import os

from tests.stack.conftest import stack, stack_environment
from tests.stack.quiet_watch import rising_requests, watch

__all__ = ["stack", "stack_environment"]

SECONDS = float(os.environ.get("QUIET_SECONDS", "600"))


def test_no_alert_in_ten_minutes(stack, capsys):
    """Nothing is pending or firing, host alerts apart where the host is loaded indeed."""
    unexplained, host = watch(stack, SECONDS)
    requests = rising_requests(stack, SECONDS)
    with capsys.disabled():
        print(f"\n{SECONDS:.0f} s, {requests:.0f} requests, highest load {host.highest}")
        print(f"explained by the load: {sorted(host.explained())}; unexplained: {unexplained}")

    assert requests > 0, "there was no traffic"
    assert not unexplained
