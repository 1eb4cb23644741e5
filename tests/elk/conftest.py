"""A real Elasticsearch, set up as the profile does it, for the tests of this folder."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from elk.set_up import set_up
from tests.elasticsearch_server import (
    ElasticsearchServer,
    elasticsearch_home,
    elasticsearch_server,
)

#: As compose/elk.yml has it: nobody makes an index of ours before the set-up allows it.
AS_SHIPPED = {"action.auto_create_index": "-agent-logs-*,+*"}


@pytest.fixture(scope="session")
def server() -> Iterator[ElasticsearchServer]:
    """A node with the settings of the profile, not set up yet."""
    with elasticsearch_home() as home, elasticsearch_server(home, AS_SHIPPED) as node:
        yield node


@pytest.fixture(scope="session")
def before_set_up(server: ElasticsearchServer) -> int:
    """The status of the answer to a record that comes before the set-up."""
    return server.http.post("/agent-logs-2026.01.01/_doc", json={"message": "early"}).status_code


@pytest.fixture(scope="session")
def client(server: ElasticsearchServer, before_set_up: int) -> Iterator[Elasticsearch]:
    """A client of the node, set up."""
    with Elasticsearch(server.url) as made:
        set_up(made, {})
        yield made
