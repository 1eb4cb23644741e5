"""A real Loki for all tests of this folder, and each of the two shippers in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shippers.loki_server import LokiServer
from tests.shippers.shipper import Collector, Promtail, Shipper

SHIPPERS = {"collector": Collector, "promtail": Promtail}


@pytest.fixture(scope="session")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokiServer]:
    """Loki; a test that kills it brings it back."""
    server = LokiServer(tmp_path_factory.mktemp("loki"))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        server.http.close()


@pytest.fixture
def new_shipper(loki: LokiServer, tmp_path: Path) -> Iterator[Callable[[str], Shipper]]:
    """Makes a shipper by its name, not started yet; every one is gone afterwards."""
    made: list[Shipper] = []

    def make(name: str) -> Shipper:
        made.append(SHIPPERS[name](tmp_path / name, loki))
        return made[-1]

    try:
        yield make
    finally:
        for shipper in made:
            shipper.kill()


@pytest.fixture(params=sorted(SHIPPERS))
def shipper(request: pytest.FixtureRequest, new_shipper: Callable[[str], Shipper]) -> Shipper:
    """Each of the two in turn, not started yet."""
    return new_shipper(request.param)
