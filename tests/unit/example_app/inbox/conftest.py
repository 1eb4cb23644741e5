"""A running inbox with a clock that stands still, and deliveries for it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from example_app.inbox import InboxSettings, create_inbox

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
_DEADLINE_SECONDS = 10


@dataclass
class Clock:
    """A clock that moves only when told."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **amount: float) -> None:
        """Moves the clock forward."""
        self.time += timedelta(**amount)


def alert(name: str = "HighErrorRate", status: str = "firing", **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager sends it."""
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "critical", **labels},
        "annotations": {"summary": f"{name} happened", "description": "Look at it."},
        "startsAt": "2026-01-01T11:00:00.123456789Z",
        "endsAt": "2026-01-01T11:30:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://localhost:9090/graph?g0.expr=x",
        "fingerprint": f"{name}-{'-'.join(labels.values())}",
    }


def webhook(*alerts: dict[str, Any]) -> dict[str, Any]:
    """A delivery of some alerts."""
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "inbox",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://localhost:9093",
        "alerts": list(alerts),
    }


@dataclass
class Inbox:
    """Calls a running inbox."""

    url: str
    clock: Clock = field(default_factory=Clock)

    def deliver(self, *alerts: dict[str, Any]) -> requests.Response:
        """Posts a webhook."""
        return self.post(webhook(*alerts))

    def post(self, body: Any) -> requests.Response:
        """Posts any JSON."""
        return requests.post(f"{self.url}/alerts", json=body, timeout=10)

    def get(self, path: str, **query: str) -> requests.Response:
        """Gets a path."""
        return requests.get(f"{self.url}{path}", params=query, timeout=10)

    def listed(self, **query: str) -> list[dict[str, Any]]:
        """The alerts of `GET /alerts`."""
        return self.get("/alerts", **query).json()["alerts"]


class _Server:
    """An inbox served from a thread."""

    def __init__(self, settings: InboxSettings, clock: Clock) -> None:
        app = create_inbox(settings, now=clock)
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def start(self) -> str:
        """Starts and returns the base URL."""
        self.thread.start()
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not self.server.started:
            assert time.monotonic() < deadline, "the inbox did not start"
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def end(self) -> None:
        """Tells it to end."""
        self.server.should_exit = True

    def stop(self) -> None:
        """Ends it and waits until it has ended."""
        self.end()
        self.thread.join(_DEADLINE_SECONDS)


@pytest.fixture(scope="session")
def ended() -> Iterator[list[_Server]]:
    """Servers told to end; all are waited for at once, which spares each test the wait."""
    servers: list[_Server] = []
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def start(tmp_path: Path, ended: list[_Server]) -> Iterator[Callable[..., Inbox]]:
    """Starts inboxes; a new one ends the one before it, as a restart does."""
    running: list[_Server] = []

    def _start(clock: Clock | None = None, **given: Any) -> Inbox:
        if running:
            running.pop().stop()
        clock = clock or Clock()
        running.append(_Server(InboxSettings(**{"runbooks_dir": tmp_path, **given}), clock))
        return Inbox(running[-1].start(), clock)

    yield _start
    for server in running:
        server.end()
    ended.extend(running)


@pytest.fixture
def inbox(start: Callable[..., Inbox]) -> Inbox:
    """An inbox that keeps its history in memory."""
    return start()
