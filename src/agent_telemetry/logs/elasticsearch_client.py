"""The client of Elasticsearch: how it is made, and kept from speaking about itself."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.logs.elasticsearch_settings import ElasticsearchSettings
from agent_telemetry.quiet_loggers import quieten

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: Longest wait for the answer to one bulk request.
REQUEST_SECONDS = 10.0
_LOGGERS = (
    "elastic_transport.node",
    "elastic_transport.node_pool",
    "elastic_transport.transport",
    "elasticsearch",
    "elasticsearch.helpers",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.util.retry",
)


def require_package(variable: str) -> None:
    """Say what is missing when the package ``elasticsearch`` is.

    Args:
        variable: the setting that needs it.

    Raises:
        ConfigurationError: it is not installed.
    """
    if find_spec("elasticsearch") is None:
        accepted = (
            "nothing, as long as the package `elasticsearch` is not installed: "
            "pip install 'agent-telemetry[elasticsearch]'"
        )
        raise ConfigurationError(variable, "(not shown)", accepted)


def make_client(settings: ElasticsearchSettings) -> "Elasticsearch":
    """Return a client that tries once: what is tried again is decided by the queue."""
    # Imported late: only who sends records there needs it, and it takes as long as all the rest.
    from elasticsearch import Elasticsearch  # noqa: PLC0415

    quieten(_LOGGERS)
    tls: dict[str, Any] = {}
    if any(each.startswith("https:") for each in settings.hosts):
        tls = {"verify_certs": settings.verify_certs, "ssl_show_warn": False}
        if settings.ca_certs is not None and settings.verify_certs:
            tls["ca_certs"] = str(settings.ca_certs)
    return Elasticsearch(
        list(settings.hosts),
        api_key=settings.api_key,
        basic_auth=settings.basic_auth,
        request_timeout=REQUEST_SECONDS,
        max_retries=0,
        retry_on_timeout=False,
        **tls,
    )
