"""Who watches the watchman: without Prometheus no alert comes, and the inbox says so.

A stack of its own is started; STACK_TEST_RUNNING=1 takes the one that runs.
"""

import httpx

from tests.polling import wait_for
from tests.stack.conftest import outage, project, stack, stack_environment

__all__ = ["outage", "project", "stack", "stack_environment"]

#: Alertmanager repeats the alert until its `endsAt`, four minutes after Prometheus fired it last.
NOTICED_SECONDS = 330
BACK_SECONDS = 150


def test_a_stopped_prometheus_is_noticed(stack, outage):
    """`/watchdog` answers 503 when the beat stops, and 200 when it is back."""
    watchdog = f"{stack.urls['logger']}/watchdog"
    wait_for(lambda: httpx.get(watchdog).is_success, within=BACK_SECONDS, what="the beat")

    outage.take("prometheus")

    def lost():
        return httpx.get(watchdog).status_code == httpx.codes.SERVICE_UNAVAILABLE

    wait_for(lost, within=NOTICED_SECONDS, what="/watchdog says that the beat is lost", pause=2)

    outage.bring_back()
    wait_for(
        lambda: httpx.get(watchdog).is_success, within=BACK_SECONDS, what="/watchdog is well again"
    )
