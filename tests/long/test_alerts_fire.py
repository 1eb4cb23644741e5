"""Faults become alerts at the inbox, and their ends arrive too: the shipped rules, made faster.

The times of every rule are shortened by `--time-scale`; expressions, limits, routes and mutes are
the shipped ones. While a fault is on, the panel that its alert names shows it: a number of it is
beyond its line, and was not before. The first tests wait for alerts to fire, the last one for all
of them to end. test_fault_panels.py has further faults. A stack of its own is started;
STACK_TEST_RUNNING=1 takes the one that runs.
"""

import time

import httpx
import pytest

from commands.addresses import APP
from tests.config.dashboard_files import dashboards
from tests.polling import wait_for
from tests.smoke.backends import Inbox
from tests.stack.changed_stack import scaled_rules
from tests.stack.conftest import changed_stack, outage, project, sources, stack, stack_environment
from tests.stack.crowd import crowd
from tests.stack.empty_panels import rightly_empty
from tests.stack.panel_queries import queries
from tests.stack.troubles import QUICK, Watch

__all__ = ["changed_stack", "outage", "project", "sources", "stack", "stack_environment"]

TIME_SCALE = 0.03
ENDS_SECONDS = 300
FILLED_SECONDS = 90


@pytest.fixture(scope="module")
def watch(stack, sources, changed_stack):
    """Looks at a stack whose rules have shorter times."""
    scaled_rules(changed_stack, TIME_SCALE)
    with httpx.Client(base_url=stack.urls["logger"], timeout=20) as client:
        yield Watch(stack, Inbox(client), sources, TIME_SCALE)


@pytest.mark.parametrize("trouble", QUICK, ids=lambda one: one.name)
def test_a_fault_is_delivered_and_shown(watch, trouble):
    """Each alert that the faults bring is at the inbox, and to be seen on its panel."""
    watch.make(trouble)


def test_panels_about_failures_have_something_to_show(sources):
    """What is rightly empty while nothing fails is no longer empty after these faults."""
    made = {fault for trouble in QUICK for fault in trouble.faults}
    dark = {name for name, one in rightly_empty().items() if one.fault in made}
    asked = [one for board in dashboards().values() for one in queries(board)]
    waiting = {one.name: one for one in asked if one.name in dark}
    assert waiting.keys() == dark
    assert dark

    def lit():
        for name in [name for name, one in waiting.items() if sources.ask(one)]:
            del waiting[name]
        assert not waiting, f"dark: {sorted(waiting)}"
        return True

    wait_for(lit, within=FILLED_SECONDS, what="panels about failures show them", pause=2)


def test_servers_and_visitors_gone(watch, outage):
    """A server that is away is told of by who scrapes it and by who sends to it."""
    watch.wait_for_calm(
        "TargetDown/target", "CollectorExportFailing/collector", "NoTraffic/request",
        "AgentDown/agent",
    )  # fmt: skip
    since = time.time()
    with crowd(watch.stack.urls[APP], 2):
        outage.take("jaeger")
        watch.arrive(
            "TargetDown/target/jaeger", "CollectorExportFailing/collector/otel-collector",
            since=since,
        )  # fmt: skip
        watch.show("TargetDown/target", "CollectorExportFailing/collector")
    outage.take("traffic")
    watch.arrive("NoTraffic/request/example-agent", since=since)
    watch.show("NoTraffic/request")
    outage.take("example-app", how="kill")
    watch.arrive("AgentDown/agent/example-agent", since=since)
    watch.show("AgentDown/agent")


def test_the_end_of_each_arrives(watch):
    """With every fault over the inbox hears of the end of each of these alerts."""
    assert len(watch.delivered) >= 10
    wait_for(watch.all_over, within=ENDS_SECONDS, what="the ends at the inbox", pause=2)
