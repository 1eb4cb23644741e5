"""An agent that only speaks OTLP, with none of our code, lights the panels about agents."""

import ast
import inspect
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands.checkout import ROOT
from tests.config.dashboard_files import dashboards
from tests.polling import wait_for
from tests.stack import foreign_agent
from tests.stack.empty_panels import rightly_empty
from tests.stack.panel_queries import queries

BOARDS = ("models-and-providers", "agents-and-tools")
WITHIN_SECONDS = 90
#: A name that is followed by a selector is a metric's.
_METRIC = re.compile(r"([a-zA-Z_:][\w:]*)\{")


@pytest.fixture(scope="module")
def service(stack):
    """The name under which the foreign agent works, while these tests run."""
    name = f"foreign-agent-{int(time.time())}"
    words = (
        sys.executable,
        "-m",
        foreign_agent.__name__,
        stack.urls["otel-collector"],
        name,
        "--troubles",
    )
    with subprocess.Popen(words, cwd=ROOT) as agent:
        yield name
        agent.terminate()


def _of_conventions(uid: str, service: str):
    """Return the queries of a dashboard that read nothing but the conventions' metrics."""
    found = []
    for query in queries(dashboards()[uid], service=service):
        metrics = set(_METRIC.findall(query.text)) if query.source == "prometheus" else set()
        if metrics and all(name.startswith("gen_ai_") for name in metrics):
            found.append(query)
    return found


def test_it_has_none_of_our_code():
    """It imports the standard library and OpenTelemetry, nothing else."""
    tree = ast.parse(Path(inspect.getfile(foreign_agent)).read_text("utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else _names(node))
    }
    assert modules - sys.stdlib_module_names == {"opentelemetry"}


def _names(node: ast.Import) -> list[str]:
    return [one.name for one in node.names]


@pytest.mark.parametrize("uid", BOARDS)
def test_it_lights_the_panels(sources, service, uid):
    """Each panel about models, tools and agents shows it, chosen alone at the top."""
    asked = _of_conventions(uid, service)
    waiting = {one.name: one for one in asked}
    assert len({one.panel for one in asked}) >= 8, "too few panels read the conventions' names"

    def lit():
        for name in [name for name, one in waiting.items() if sources.ask(one)]:
            del waiting[name]
        assert not waiting, f"dark: {sorted(waiting)}"
        return True

    wait_for(lit, within=WITHIN_SECONDS, what=f"{uid} shows {service}", pause=2)


def test_it_is_offered_as_a_choice(sources, service):
    """The drop-down of services names it, beside the sample agent."""

    def offered():
        values = sources.get("prometheus", "/api/v1/label/service/values")["data"]
        return {service, "example-agent"} <= set(values)

    wait_for(offered, within=WITHIN_SECONDS, what=f"{service} is a choice")


def test_its_trace_is_found(sources, service):
    """Its runs are in Jaeger under the same name."""
    search = {"queryType": "search", "service": service, "limit": 5}
    wait_for(
        lambda: sources.traces(search, span=3600), within=WITHIN_SECONDS, what="its trace is found"
    )


def test_what_no_healthy_agent_does_is_shown(sources, service):
    """Panels that are dark because nothing goes wrong show it when an agent reports it."""
    dark = {name for name, one in rightly_empty().items() if one.made_by == "foreign_agent"}
    assert dark
    waiting = {
        one.name: one
        for uid in dashboards()
        for one in queries(dashboards()[uid], service=service)
        if one.name in dark
    }
    assert waiting.keys() == dark

    def lit():
        for name in [name for name, one in waiting.items() if sources.ask(one)]:
            del waiting[name]
        assert not waiting, f"dark: {sorted(waiting)}"
        return True

    wait_for(lit, within=WITHIN_SECONDS, what="what the foreign agent reports is shown", pause=2)
