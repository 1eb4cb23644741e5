"""Redaction of values that are no plain text: fields of a log record, attributes of a span."""

import datetime as dt
import re
import reprlib
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from agent_telemetry.redaction.redactor import Redactor

#: Stands for a value whose key says that it is a secret.
HIDDEN = "[redacted:secret]"
_DEPTH = 6
_MOST_VALUES = 10_000
#: A card's number may come as a number.
_SHORTEST_CARD = 10**12
_LARGEST = 10**1000
_CUT = "…"
#: Values that cannot hold a secret and that every encoder writes in its own way.
_HARMLESS = (bool, float, dt.date, dt.time, UUID, type(None))
_NO_TEXT = frozenset({bool, float, type(None)})
_SECRET_KEY = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|pwd|secret|secret_key|secret_access_key|api_?key"
    r"|private_key|authorization|cookie|set_cookie|credentials?|token)"
)


def redacted_value(redactor: Redactor, value: Any, depth: int = _DEPTH) -> Any:
    """Return a value without personal data and secrets.

    Args:
        redactor: looks through every text in it, names of fields included.
        value: anything; below the deepest level, and where it is no container, its text is what
            counts.
        depth: levels of containers that are looked through as such.
    """
    if isinstance(value, str):
        return redactor.redact(value)
    return _Walk(redactor).value(value, depth)


def redacted_fields(redactor: Redactor, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields by name; a name such as ``api_key`` hides its value whatever it looks like."""
    walk = _Walk(redactor)
    return {
        name: value if type(value) in _NO_TEXT else walk.named(name, value, _DEPTH)
        for name, value in fields.items()
    }


class _Walk:
    """One way through one value, of bounded depth and length."""

    def __init__(self, redactor: Redactor) -> None:
        self._redact = redactor.redact
        self._left = _MOST_VALUES

    def named(self, name: Any, value: Any, depth: int) -> Any:
        if isinstance(name, str) and is_secret_name(name) and _may_be_secret(value):
            return HIDDEN
        return self.value(value, depth)

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, _HARMLESS):
            return value
        if isinstance(value, int):
            return self._whole_number(value)
        if isinstance(value, Mapping):
            return self._mapping(value, depth - 1) if depth else self._redact(_shown(value))
        if isinstance(value, list | tuple | set | frozenset):
            return self._sequence(value, depth - 1) if depth else self._redact(_shown(value))
        return self._redact(_shown(value))

    def _whole_number(self, value: int) -> int | str:
        if -_SHORTEST_CARD < value < _SHORTEST_CARD:
            return value
        text = str(value) if -_LARGEST < value < _LARGEST else "<a large number>"
        told = self._redact(text)
        return value if told == str(value) else told

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, each in value.items():
            if self._left <= 0:
                found[_CUT] = len(value)
                break
            told = self._redact(key) if isinstance(key, str) else key
            if told in found:  # two keys may look alike now
                told = f"{told} {len(found)}"
            found[told] = self.named(key, each, depth)
        return found

    def _sequence(self, value: Collection[Any], depth: int) -> list[Any]:
        found: list[Any] = []
        for each in value:
            if self._left <= 0:
                found.append(f"{_CUT} ({len(value)} values)")
                break
            found.append(self.value(each, depth))
        return found


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Return whether a field of this name holds a secret, such as ``http.header.authorization``."""
    return _SECRET_KEY.fullmatch(re.sub(r"[-.\s]", "_", name[-64:].lower())) is not None


def _may_be_secret(value: Any) -> bool:
    """Return whether a value can be a secret: a number of tokens, a flag or nothing is none."""
    return value is not None and not isinstance(value, bool | int | float)


def _shown(value: Any) -> str:
    try:
        # What is below the deepest level may be endless.
        is_container = isinstance(value, Mapping | list | tuple | set | frozenset)
        return reprlib.repr(value) if is_container else repr(value)
    except Exception:  # noqa: BLE001 -- a broken __repr__ loses the value, not the record
        return f"<{type(value).__name__}>"
