"""Part two of the set-up: hands Kibana its data view, saved searches and dashboard."""

from collections.abc import Mapping

import httpx

from elk.saved_objects import ndjson, saved_objects

_PATH = "/api/saved_objects/_import?overwrite=true"
_REQUEST_SECONDS = 60


class ImportRefusedError(Exception):
    """Kibana answers, but does not take the objects; the text is what it said."""


def import_objects(env: Mapping[str, str]) -> int:
    """Import every object, over those of an earlier import; return how many there are.

    Args:
        env: ``KIBANA`` is its address, ``LINK_JAEGER`` Jaeger's for people; ``ELASTIC_PASSWORD``
            is used where security is on.

    Raises:
        httpx.HTTPError: Kibana does not answer yet.
        ImportRefusedError: it does not take them.
    """
    password = env.get("ELASTIC_PASSWORD", "")
    objects = saved_objects(env.get("LINK_JAEGER") or "http://localhost:16686")
    file = ("agent-logs.ndjson", ndjson(objects).encode(), "application/ndjson")
    answer = httpx.post(
        f"{env.get('KIBANA') or 'http://127.0.0.1:5601'}{_PATH}",
        files={"file": file},
        headers={"kbn-xsrf": "true"},
        auth=("elastic", password) if password else None,
        timeout=_REQUEST_SECONDS,
    )
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        answer.raise_for_status()  # Kibana says 503 while it starts
    if answer.status_code != httpx.codes.OK or not answer.json().get("success"):
        raise ImportRefusedError(f"status {answer.status_code}: {answer.text[:500]}")
    return len(objects)
