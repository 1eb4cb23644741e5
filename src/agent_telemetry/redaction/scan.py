"""A first look at a text: which categories it may hold, in a few microseconds.

Nearly every text holds none. Substrings of the text's *shape* (each digit as ``0``, each capital
as ``A``, each blank or joining mark as ``-``) tell most of it without a regular expression.
"""

import re

#: A shorter text holds nothing: ``a@b.cc``, ``pwd=123``.
SHORTEST = 6
_FEWEST_DIGITS = 6
_BLANKS = b"\"' \t\r\n\v\f"
_DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_SHAPE = bytes.maketrans(
    (_DIGITS + _SMALL.upper() + " ()./-").encode(), b"0" * 10 + b"A" * 26 + b"-" * 6
)
_RUNS = bytes.maketrans((_DIGITS + _SMALL + _SMALL.upper() + "_-").encode(), b"w" * 64)
_ASSIGNED = bytes.maketrans((_SMALL.upper() + ":").encode(), (_SMALL + "=").encode())
_LONG_RUN = "w" * 12
_CARD_SHAPES = ("0000000000000", "0000-0000-0000-0000", "0000-000000-0000")
_SECRET_WORDS = (
    b"password", b"passwd", b"passphrase", b"pwd", b"key", b"token", b"secret", b"credential",
    b"credentials",
)  # fmt: skip
_PHONE_WORDS = ("phone", "tel", "mobile", "cell", "fax", "whatsapp", "call me")
_KEY_STARTS_BY_LINE = re.compile(r"_(?<=[srp]k_|h[opsur]_|hf_|at_|pm_)")


def suspects(text: str) -> list[str]:
    """Return the categories that a text may hold; those left out it surely does not hold."""
    found: list[str] = []
    raw = text.encode("utf-8", "surrogatepass")
    if "@" in text:
        found.append("email")
        if "://" in text:
            found.append("url_password")
    if "=" in text or ":" in text:
        # `"API_KEY" : x` becomes `api_key=x`.
        for before in raw.translate(_ASSIGNED, _BLANKS).split(b"=")[:-1]:
            if before.endswith(_SECRET_WORDS):
                found.append("secret")
                break
    if "-----BEGIN " in text:
        found.append("private_key")
    if _LONG_RUN in raw.translate(_RUNS).decode("latin-1"):
        _keys(text, found)
    shape = raw.translate(_SHAPE)
    small = raw.lower().decode("latin-1")
    if shape.count(b"0") >= _FEWEST_DIGITS:
        _numbers(small, shape.decode("latin-1"), found)
    if "bearer" in small or "basic" in small:
        found.append("bearer_token")
    return found


def _keys(text: str, found: list[str]) -> None:
    if "eyJ" in text:
        found.append("jwt")
    if (
        "sk-" in text
        or "glpat-" in text
        or "xox" in text
        or ("A" in text and ("AIza" in text or "AKIA" in text or "ASIA" in text))
        or ("_" in text and _KEY_STARTS_BY_LINE.search(text))
    ):
        found.append("api_key")


def _numbers(small: str, shape: str, found: list[str]) -> None:
    if "0000" in shape:
        for card in _CARD_SHAPES:
            if card in shape:
                found.append("card")
                break
        if "000-00-0000" in shape:
            found.append("ssn")
    if "AA00" in shape or "00-0000-0000-" in shape:
        found.append("iban")
    if "+0" in shape or "000-0000" in shape:
        found.append("phone")
        return
    for word in _PHONE_WORDS:
        if word in small:
            found.append("phone")
            break
