"""Label values without personal data in which different values stay different.

``[redacted:email]`` would make one series of all tenants whose ids are e-mail addresses.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent_telemetry.redaction.redactor import FAILED, Redactor

_DIGEST_BYTES = 4
_KEY_BYTES = 32


class Pseudonyms:
    """Replaces what is found in a text by ``redacted-<category>-<8 hexadecimal digits>``.

    The digits are a keyed hash of what was found: whoever has no key cannot try addresses.

    Args:
        redactor: finds.
        key: of the hash.
    """

    def __init__(self, redactor: Redactor, key: bytes) -> None:
        self._redactor = redactor
        self._key = key

    def __call__(self, text: str) -> str:
        """Return a text with pseudonyms; never raises, never the raw text then."""
        told = self._redactor.redact(text)
        if told in {text, FAILED}:
            return told
        try:
            parts: list[str] = []
            last = 0
            for category, start, end in self._redactor.find(text):
                parts += (text[last:start], f"redacted-{category}-{self._hash(text[start:end])}")
                last = end
        except Exception as error:  # noqa: BLE001 -- whatever it is, the raw text must not pass
            self._redactor.failed(error)
            return FAILED
        return "".join([*parts, text[last:]])

    def _hash(self, found: str) -> str:
        data = found.encode("utf-8", "replace")
        return hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=self._key).hexdigest()


def label_redaction(
    redactor: Redactor | None, folder: Path | None, service_name: str
) -> Callable[[str], str]:
    """Return what takes personal data and secrets out of label values.

    Args:
        redactor: finds them; None: redaction is switched off.
        folder: where the key is kept, so that restarts and workers agree on a pseudonym; None: it
            is made anew by each process.
        service_name: names the key's file.
    """
    if redactor is None:
        return str
    return Pseudonyms(redactor, _key(folder, service_name))


def _key(folder: Path | None, service_name: str) -> bytes:
    fresh = secrets.token_bytes(_KEY_BYTES)
    if folder is None:
        return fresh
    path = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', service_name)}.labels.key"
    try:
        return _shared(path, fresh)
    except OSError:
        return fresh  # the folder cannot be written; who depends on it says so


def _shared(path: Path, fresh: bytes) -> bytes:
    """Return the key of a file; a new one gets the fresh key, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
                to.write(fresh)
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    found = path.read_bytes()
    return found if len(found) == _KEY_BYTES else fresh
