"""Settings of the Elasticsearch handler: what is wrong stops the start, naming the variable."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError, ElasticsearchHandler, Settings
from agent_telemetry.logs.elasticsearch_settings import parse_hosts

_P = "AGENT_TELEMETRY_ELASTICSEARCH_"
_URL = {f"{_P}URL": "http://es:9200"}


def read(**env: str):
    """Return the settings of Elasticsearch that some variables give."""
    return Settings.from_env("agent", env).elasticsearch


def test_nothing_set_sends_nothing() -> None:
    """Without an address no record goes there."""
    assert read().hosts == ()


def test_everything_set(tmp_path: Path) -> None:
    """Every variable has its place; the key may be in a file."""
    key = tmp_path / "key"
    key.write_text(" dGhlOmtleQ== \n", "utf-8")
    found = read(
        **{
            f"{_P}URL": "https://a, http://[::1]:19200/es/ ",
            f"{_P}API_KEY_FILE": str(key),
            f"{_P}VERIFY_CERTS": "0",
            f"{_P}INDEX_PREFIX": "shop-logs",
            f"{_P}CAPACITY": "1000",
            f"{_P}FLUSH_SECONDS": "7",
            f"{_P}QUEUE_SIZE": "50",
            f"{_P}QUEUE_BYTES": "4096",
        }
    )
    assert found.hosts == ("https://a:9200", "http://[::1]:19200/es")
    assert (found.api_key, found.verify_certs) == ("dGhlOmtleQ==", False)
    assert (found.index_prefix, found.capacity, found.flush_seconds) == ("shop-logs", 1000, 7)
    assert (found.queue_size, found.queue_bytes) == (50, 4096)
    assert "dGhlOmtleQ" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "es:9200"),
        ("URL", "ftp://es"),
        ("URL", "http://es:port"),
        ("URL", "http://es:0"),
        ("URL", "http://es?x=1"),
        ("API_KEY", "two words"),
        ("API_KEY", "ünïcode"),
        ("API_KEY_FILE", "there/is/no/such/file"),
        ("CA_CERTS", "there/is/no/such/file"),
        ("VERIFY_CERTS", "perhaps"),
        ("INDEX_PREFIX", "Upper"),
        ("INDEX_PREFIX", "_under"),
        ("INDEX_PREFIX", "a b"),
        ("CAPACITY", "0"),
        ("FLUSH_SECONDS", "soon"),
        ("QUEUE_SIZE", "-1"),
        ("QUEUE_BYTES", "1"),
    ],
)
def test_wrong_value_names_its_variable(name: str, value: str) -> None:
    """Each variable with a wrong value is an error that names it."""
    with pytest.raises(ConfigurationError, match=_P + name):
        read(**{**_URL, f"{_P}{name}": value})


def test_two_logins_are_one_too_many(tmp_path: Path) -> None:
    """A key beside a password, or beside a file with a key, is an error; no secret is repeated."""
    with pytest.raises(ConfigurationError, match=f"{_P}API_KEY") as error:
        read(**{f"{_P}URL": "http://me:hush@es", f"{_P}API_KEY": "dGhlOmtleQ=="})
    assert "hush" not in str(error.value)
    assert "dGhlOmtleQ" not in str(error.value)
    (tmp_path / "empty").write_text("\n", "utf-8")
    for file, key in ((tmp_path / "empty", ""), (tmp_path / "empty", "dGhlOmtleQ==")):
        with pytest.raises(ConfigurationError, match=f"{_P}API_KEY_FILE"):
            read(**{**_URL, f"{_P}API_KEY_FILE": str(file), f"{_P}API_KEY": key})


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("hosts", {"hosts": "nowhere"}),
        ("hosts", {"hosts": []}),
        ("index_prefix", {"index_prefix": "Upper"}),
        ("ca_certs", {"ca_certs": "there/is/no/such/file"}),
    ],
)
def test_wrong_argument_of_the_handler(argument: str, options: dict) -> None:
    """The handler alone refuses the same things, and names its argument."""
    with pytest.raises(ConfigurationError, match=argument):
        ElasticsearchHandler(**{"hosts": "http://es:9200", **options})


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_clearly(text: str) -> None:
    """Whatever is given as address, the answer is addresses or our own error."""
    try:
        hosts, _ = parse_hosts(text, f"{_P}URL")
    except ConfigurationError as error:
        hosts, named = (), f"{_P}URL" in str(error)
    else:
        named = True
    assert named
    assert all(each.startswith(("http://", "https://")) for each in hosts)
