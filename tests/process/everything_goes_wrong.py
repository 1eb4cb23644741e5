"""A short time of faults, one after the other: what moves the metrics that a good night leaves."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path

import httpx

from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits
from tests.polling import wait_for
from tests.process.metric_watch import MetricWatch
from tests.process.played_mix import PlayedMix

SPENDER = "spender"
#: More than there are agents, so that some have to wait.
CROWD = 30

#: Fault → its settings; those that are played on by the traffic's mix.
FAULTS: dict[str, dict[str, float]] = {
    "provider_500": {},
    "provider_429": {"retry_after_seconds": 1},
    "cut_stream": {},
    "malformed_tool_json": {},
    "tool_failure": {},
    "tool_loop": {},
}

_numbers = count()


def budgets_file(directory: Path) -> str:
    """Write budgets for `AGENT_TELEMETRY_BUDGETS_FILE`: one to look at, one that is soon spent."""
    rows = [
        {"name": "day", "limit_usd": 50, "mode": "observe"},
        {
            "name": "spender",
            "limit_usd": "0.0001",
            "scope": "tenant",
            "key": SPENDER,
            "mode": "block",
        },
    ]
    file = directory / "budgets.json"
    file.write_text(json.dumps({"budget": rows}), encoding="utf-8")
    return str(file)


def go_wrong(http: httpx.Client, watch: MetricWatch) -> None:
    """Start each fault for a moment, and end it again.

    Raises:
        AssertionError: something that a fault has to do was not seen.
    """
    visits = plan_visits(13, Prompts.load())
    for name, settings in FAULTS.items():
        with _fault(http, name, settings):
            PlayedMix().play(http, islice(visits, 8))
            watch.look()
    _spend(http)
    _crowd(http, watch)
    watch.look()


class _fault:  # noqa: N801 -- reads as what it does
    def __init__(self, http: httpx.Client, name: str, settings: dict[str, float]) -> None:
        self._http, self._name, self._settings = http, name, settings

    def __enter__(self) -> None:
        self._http.put(f"/faults/{self._name}", json=self._settings).raise_for_status()

    def __exit__(self, *error: object) -> None:
        self._http.request("DELETE", "/faults").raise_for_status()


def _ask(http: httpx.Client, **body: object) -> httpx.Response:
    message = f"Where is my order 1042? Reference W-{next(_numbers)}"
    return http.post("/chat", json={"message": message, **body}, timeout=120)


def _spend(http: httpx.Client) -> None:
    """Ask until the budget of one tenant is spent and its next question is refused."""

    def refused() -> bool:
        return _ask(http, tenant_id=SPENDER).is_client_error

    wait_for(refused, within=30, what="the budget refuses")


def _crowd(http: httpx.Client, watch: MetricWatch) -> None:
    """Ask more at once than there are agents, and see some of them wait."""
    waiting: Callable[[], bool] = lambda: watch.total("agent_queue_length") > 0  # noqa: E731
    with (
        _fault(http, "slow_first_token", {"delay_seconds": 3}),
        ThreadPoolExecutor(CROWD) as pool,
        httpx.Client(base_url=http.base_url, limits=httpx.Limits(max_connections=None)) as many,
    ):
        asked = [pool.submit(_ask, many) for _ in range(CROWD)]
        wait_for(waiting, within=30, what="chats wait for an agent", pause=0.1)
        assert {each.result().status_code for each in asked} == {200}
