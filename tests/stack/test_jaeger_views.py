"""Jaeger's own pages have their data: who calls whom, and the monitor of each operation."""

import time

import pytest

from tests.polling import wait_for
from tests.smoke.chat_requests import send_canary

WITHIN_SECONDS = 120
HOUR = 3_600_000


def _now() -> int:
    return int(time.time() * 1000)


def test_the_graph_has_agent_and_simulator(sources, app):
    """The dependency graph draws the agent, which calls the simulator."""
    send_canary(app, f"jaeger-graph-{_now()}")

    def drawn():
        path = "/api/dependencies"
        edges = sources.get("jaeger", path, endTs=_now(), lookback=HOUR)["data"]
        return [
            edge
            for edge in edges
            if (edge["parent"], edge["child"]) == ("example-agent", "llm-simulator")
            and edge["callCount"] > 0
        ]

    wait_for(drawn, within=WITHIN_SECONDS, what="the agent calls the simulator in the graph")


@pytest.mark.parametrize("kind", ["calls", "errors", "latencies"])
def test_the_monitor_has_numbers(sources, app, kind):
    """Rate, errors and duration of each operation are there, computed from every span."""
    send_canary(app, f"jaeger-monitor-{kind}-{_now()}")
    # As its page asks: each minute of the last hour, by operation.
    asked = {
        "service": "example-agent",
        "spanKind": "server",
        "groupByOperation": "true",
        "lookback": HOUR,
        "step": 60_000,
        "ratePer": 600_000,
        **({"quantile": 0.95} if kind == "latencies" else {}),
    }

    def filled():
        found = sources.get("jaeger", f"/api/metrics/{kind}", endTs=_now(), **asked)["metrics"]
        operations = {
            label["value"]: [point["gaugeValue"]["doubleValue"] for point in one["metricPoints"]]
            for one in found
            for label in one["labels"]
            if label["name"] == "operation"
        }
        numbers = [n for n in operations.get("POST /chat", []) if isinstance(n, int | float)]
        return numbers and (kind == "errors" or max(numbers) > 0)

    wait_for(filled, within=WITHIN_SECONDS, what=f"{kind} of POST /chat are in the monitor")
