"""Part one of the set-up, run once at each start before anything is stored.

The index template; users, where security is on; then, and only then, permission to create the
indices of the log records, which compose/elk.yml has switched off. The agent holds its records back
until then.
"""

import logging
import os
import sys
from collections.abc import Mapping

from elasticsearch import ApiError, Elasticsearch, TransportError

from elk.connection import connect, log_to_output
from elk.index_template import NAME, PATTERN, index_template
from elk.users import make_users

_log = logging.getLogger("elk-setup")


def set_up(client: Elasticsearch, env: Mapping[str, str]) -> list[str]:
    """Prepare Elasticsearch; return what was done, for people.

    Args:
        client: may change the cluster.
        env: passwords, see `elk.users`; without ``ELASTIC_PASSWORD`` security is off.

    Raises:
        ApiError: Elasticsearch refuses something.
        TransportError: it does not answer.
    """
    client.indices.put_index_template(name=NAME, **index_template())
    done = [f"index template {NAME} for {PATTERN}"]
    if env.get("ELASTIC_PASSWORD"):
        done += make_users(client, env)
    client.cluster.put_settings(persistent={"action.auto_create_index": "true"})
    done.append("permission to create the index of each day")
    return done


def main() -> int:
    """Run the job; return its exit code."""
    log_to_output()
    try:
        with connect() as client:
            for line in set_up(client, os.environ):
                _log.info(line)
    except (ApiError, TransportError) as error:
        _log.error("Elasticsearch could not be set up: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
