"""What the variables that fill in Alertmanager's configuration accept.

Alertmanager would find a bad value out when it starts, or only when it sends, and would name a line
of a file that nobody wrote by hand. Only the standard library: it runs in the `init` job.
"""

import re
from collections.abc import Callable, Mapping
from email.utils import getaddresses
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_HOST_AND_PORT = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65535


class BadValueError(ValueError):
    """A variable holds a value that cannot be meant; the text names it and what it accepts."""


def _is_server(value: str) -> bool:
    found = _HOST_AND_PORT.fullmatch(value)
    return bool(found) and 0 < int(found["port"]) <= _HIGHEST_PORT


def _are_mail_addresses(value: str) -> bool:
    addresses = [address for _, address in getaddresses([value])]
    return bool(addresses) and all(re.fullmatch(r"[^@\s]+@[^@\s]+", one) for one in addresses)


def _is_mail_address(value: str) -> bool:
    return len(getaddresses([value])) == 1 and _are_mail_addresses(value)


def _is_time_zone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # not known, not a name, a directory
        return False
    return True


def _is_web_address(value: str) -> bool:
    found = urlsplit(value)
    return found.scheme in {"http", "https"} and bool(found.hostname)


_CHECKS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "ALERT_EMAIL_TO": (_are_mail_addresses, "mail addresses, separated by commas"),
    "ALERT_EMAIL_FROM": (_is_mail_address, "one mail address"),
    "SMTP_SMARTHOST": (_is_server, "host:port, e.g. smtp.example.org:587"),
    "MAIL_INBOX": (_is_server, "host:port, e.g. mailpit:1025"),
    "PAGERDUTY_URL": (_is_web_address, "an http or https address"),
    "WARNING_HOURS_TIMEZONE": (_is_time_zone, "a time zone's name, e.g. Europe/Berlin or UTC"),
}


def check(variables: Mapping[str, str]) -> None:
    """Refuse values that cannot be meant; an empty one counts as unset.

    Raises:
        BadValueError: for the first bad one, naming the variable and what it accepts.
    """
    for name, (accepts, meaning) in _CHECKS.items():
        value = variables.get(name, "").strip()
        if value and not accepts(value):
            raise BadValueError(f"{name}={value!r}: accepted is {meaning}")
