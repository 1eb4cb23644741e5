"""How the jobs of this folder reach Elasticsearch: as the environment says."""

import logging
import os
import sys
from collections.abc import Mapping

from elasticsearch import Elasticsearch

_REQUEST_SECONDS = 30
_RETRIES = 5


def connect(env: Mapping[str, str] = os.environ) -> Elasticsearch:
    """Return a client, with user and password where security is on.

    Args:
        env: ``ELASTICSEARCH`` is the address; ``ELASTIC_PASSWORD`` the password of ``elastic``,
            empty while security is off.
    """
    password = env.get("ELASTIC_PASSWORD", "")
    return Elasticsearch(
        env.get("ELASTICSEARCH") or "http://127.0.0.1:9200",
        basic_auth=("elastic", password) if password else None,
        request_timeout=_REQUEST_SECONDS,
        max_retries=_RETRIES,
        retry_on_timeout=True,
    )


def log_to_output() -> None:
    """Say on standard output what a job does, each line with the job's name in front."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(name)s: %(message)s")
    # Each request would be a line, each retry a page; the job itself says what failed in the end.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
