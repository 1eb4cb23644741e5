"""Users of a secured Elasticsearch: one that only writes log records, and Kibana's own."""

from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch

from elk.index_template import PATTERN

WRITER = "agent_writer"
#: What the writer may do; what it wrote it cannot read, change or delete.
ROLE: dict[str, Any] = {
    "cluster": ["monitor"],
    "indices": [{"names": [PATTERN], "privileges": ["create_doc", "create_index"]}],
}


def make_users(client: Elasticsearch, env: Mapping[str, str]) -> list[str]:
    """Give the users their passwords; return what was done, for people.

    Args:
        client: a superuser's.
        env: ``ELASTIC_WRITER_PASSWORD`` and ``KIBANA_PASSWORD``; without one its user is left.
    """
    done = []
    if password := env.get("ELASTIC_WRITER_PASSWORD", ""):
        client.security.put_role(name=WRITER, **ROLE)
        client.security.put_user(username=WRITER, password=password, roles=[WRITER])
        done.append(f"user {WRITER}, who may add records to {PATTERN} and nothing else")
    if password := env.get("KIBANA_PASSWORD", ""):
        client.security.change_password(username="kibana_system", password=password)
        done.append("password of kibana_system")
    return done
