"""What the environment tells about Elasticsearch."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from agent_telemetry.exceptions import ConfigurationError

if TYPE_CHECKING:
    from agent_telemetry.settings import _Reader

_URL = "AGENT_TELEMETRY_ELASTICSEARCH_URL"
_KEY = "AGENT_TELEMETRY_ELASTICSEARCH_API_KEY"
_KEY_FILE = "AGENT_TELEMETRY_ELASTICSEARCH_API_KEY_FILE"
_CA = "AGENT_TELEMETRY_ELASTICSEARCH_CA_CERTS"
_PREFIX = "AGENT_TELEMETRY_ELASTICSEARCH_INDEX_PREFIX"
_PORT = 9200
#: What Elasticsearch allows in the name of an index, so far as a prefix needs it.
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, kw_only=True)
class ElasticsearchSettings:
    """How log records get into Elasticsearch.

    Attributes:
        hosts: addresses of nodes, without user and password; empty: no records go there.
        basic_auth: user and password, from the first address.
        api_key: the encoded key.
        ca_certs: PEM file of the authorities that are believed; None: those of the system.
        verify_certs: whether the server's certificate is looked at.
        index_prefix: the index of a day is the prefix and ``-YYYY.MM.DD``.
        capacity: records of one bulk request.
        flush_seconds: longest wait for so many.
        queue_size: most records held while Elasticsearch is away.
        queue_bytes: most bytes held while Elasticsearch is away.
    """

    hosts: tuple[str, ...] = ()
    basic_auth: tuple[str, str] | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca_certs: Path | None = None
    verify_certs: bool = True
    index_prefix: str = "agent-logs"
    capacity: int = 100
    flush_seconds: int = 1
    queue_size: int = 10_000
    queue_bytes: int = 32 * 1024 * 1024

    @classmethod
    def read(cls, read: "_Reader") -> "ElasticsearchSettings":
        """Read them.

        Raises:
            ConfigurationError: a variable has a value that is not accepted; that of a secret is
                not repeated.
        """
        hosts, basic_auth = parse_hosts(read.text(_URL), _URL)
        api_key = _api_key(read)
        if api_key and basic_auth:
            raise ConfigurationError(_KEY, "(not shown)", f"none, as {_URL} has user and password")
        return cls(
            hosts=hosts,
            basic_auth=basic_auth,
            api_key=api_key,
            ca_certs=checked_authorities(read.path(_CA), _CA),
            verify_certs=read.flag("AGENT_TELEMETRY_ELASTICSEARCH_VERIFY_CERTS", default=True),
            index_prefix=checked_prefix(read.text(_PREFIX) or cls.index_prefix, _PREFIX),
            capacity=read.whole("AGENT_TELEMETRY_ELASTICSEARCH_CAPACITY", cls.capacity, 1),
            flush_seconds=read.whole(
                "AGENT_TELEMETRY_ELASTICSEARCH_FLUSH_SECONDS", cls.flush_seconds, 1
            ),
            queue_size=read.whole("AGENT_TELEMETRY_ELASTICSEARCH_QUEUE_SIZE", cls.queue_size, 1),
            queue_bytes=read.whole(
                "AGENT_TELEMETRY_ELASTICSEARCH_QUEUE_BYTES", cls.queue_bytes, 1024
            ),
        )


def parse_hosts(
    text: str, variable: str = "hosts"
) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Return the addresses of a list separated by commas, and user and password if it has them.

    Args:
        text: ``http://elasticsearch:9200,…``; without a port 9200 is meant.
        variable: what the error names.

    Raises:
        ConfigurationError: one is no address. None is repeated, as it may hold a password.
    """
    hosts: list[str] = []
    basic_auth = None
    for part in filter(None, (each.strip() for each in text.split(","))):
        parts = _split(part)
        if parts is None:
            raise ConfigurationError(
                variable, "(not shown)", "addresses such as http://elasticsearch:9200, by commas"
            )
        if parts.username is not None:
            basic_auth = (unquote(parts.username), unquote(parts.password or ""))
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        hosts.append(f"{parts.scheme}://{name}:{parts.port or _PORT}{parts.path.rstrip('/')}")
    return tuple(hosts), basic_auth


def checked_prefix(prefix: str, variable: str = "index_prefix") -> str:
    """Return a prefix that Elasticsearch takes.

    Raises:
        ConfigurationError: it would not.
    """
    if not prefix or not set(prefix) <= _NAME or prefix[0] in "-_.":
        accepted = "lower case letters, digits, - _ and . ; the first is a letter or digit"
        raise ConfigurationError(variable, prefix, accepted)
    return prefix


def checked_authorities(path: Path | None, variable: str = "ca_certs") -> Path | None:
    """Return the path of a PEM file that can be read.

    Raises:
        ConfigurationError: it is no file of certificates.
    """
    if path is not None:
        try:
            ssl.create_default_context(cafile=str(path))
        except (OSError, ssl.SSLError) as error:
            accepted = f"a PEM file of certificates ({error})"
            raise ConfigurationError(variable, str(path), accepted) from None
    return path


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable and not parts.query and not parts.fragment else None


def _api_key(read: "_Reader") -> str | None:
    key, file = read.text(_KEY), read.path(_KEY_FILE)
    if file is not None:
        if key:
            raise ConfigurationError(_KEY_FILE, str(file), f"none, as {_KEY} is set")
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            accepted = f"a file that holds the key ({type(error).__name__})"
            raise ConfigurationError(_KEY_FILE, str(file), accepted) from None
        if not key:
            raise ConfigurationError(_KEY_FILE, str(file), "a file that holds the key, not empty")
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigurationError(_KEY, "(not shown)", "the encoded key, as Elasticsearch gave it")
    return key or None
