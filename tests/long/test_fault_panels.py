"""Every fault is shown by the panel that its alert names, and its alert reaches the inbox.

The faults that test_alerts_fire.py does not have. A stack of its own is started;
STACK_TEST_RUNNING=1 takes the one that runs.
"""

import httpx
import pytest

from example_app.incidents import load_incidents
from tests.long.test_alerts_fire import TIME_SCALE
from tests.polling import wait_for
from tests.smoke.backends import Inbox
from tests.stack.changed_stack import scaled_rules
from tests.stack.conftest import changed_stack, project, sources, stack, stack_environment
from tests.stack.troubles import FURTHER, QUICK, Watch

#: The pool closes an agent only after five minutes without a chat.
ENDS_SECONDS = 480

__all__ = ["changed_stack", "project", "sources", "stack", "stack_environment"]


@pytest.fixture(scope="module")
def watch(stack, sources, changed_stack):
    """Looks at a stack whose rules have shorter times."""
    scaled_rules(changed_stack, TIME_SCALE)
    with httpx.Client(base_url=stack.urls["logger"], timeout=20) as client:
        yield Watch(stack, Inbox(client), sources, TIME_SCALE)


def test_every_fault_is_tried():
    """Each fault that is meant to raise an alert is among those tried, with that alert."""
    alerts_of = {
        fault: {*trouble.alerts, *trouble.muted}
        for trouble in (*QUICK, *FURTHER)
        for fault in trouble.faults
    }
    for name, incident in load_incidents().items():
        if incident.alert:
            assert f"{incident.alert}/{incident.scope}" in alerts_of[name], name


@pytest.mark.parametrize("trouble", FURTHER, ids=lambda one: one.name)
def test_a_fault_is_delivered_and_shown(watch, trouble):
    """Each alert that the faults bring is at the inbox, and to be seen on its panel."""
    watch.make(trouble)


def test_the_end_of_each_arrives(watch):
    """With every fault over the inbox hears of the end of each of these alerts."""
    assert watch.delivered
    wait_for(watch.all_over, within=ENDS_SECONDS, what="the ends at the inbox", pause=2)
