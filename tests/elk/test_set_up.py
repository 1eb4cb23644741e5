"""Part one of the set-up, on a real Elasticsearch."""

from agent_telemetry.logs.record import FIELDS
from elk.set_up import set_up


def test_no_index_without_our_mapping(before_set_up, client):
    """A record before the set-up makes no index; one after it makes one with the contract's."""
    assert before_set_up == 404
    assert not client.indices.exists(index="agent-logs-2026.01.01")

    client.index(index="agent-logs-2026.01.02", document={"message": "in time", "stranger": 1})

    (held,) = client.indices.get_mapping(index="agent-logs-2026.01.02").values()
    assert held["mappings"]["dynamic"] == "false"
    assert held["mappings"]["properties"].keys() == set(FIELDS)
    client.indices.delete(index="agent-logs-2026.01.02")


def test_set_up_can_be_repeated(client):
    """Each start runs it again; the second changes nothing."""
    before = client.indices.get_index_template(name="agent-logs").body
    assert set_up(client, {}) == [
        "index template agent-logs for agent-logs-*",
        "permission to create the index of each day",
    ]
    assert client.indices.get_index_template(name="agent-logs").body == before
