"""What secrets and personal data look like: one detector a category, each in linear time.

Every repetition is possessive or ends at a character that cannot begin another try, so hostile
text is read a fixed number of times. Check digits are python-stdnum's.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from stdnum import iban, luhn, numdb
from stdnum.us import ssn

#: Start and end of a find.
Place = tuple[int, int]
#: Takes a text and the same text in small letters, of the same length.
Detector = Callable[[str, str], Iterator[Place]]

_URL_PASSWORD = re.compile(r"://[^\s/:@?#]*+:([^\s/?#]++)")
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{9,}+\.eyJ[\w-]{4,}+\.[\w-]*+", re.ASCII)
_API_KEY = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        sk-[A-Za-z0-9_-]{20,}+               # OpenAI, Anthropic and their look-alikes
      | [srp]k_(?:live|test)_[A-Za-z0-9]{10,}+
      | gh[opsur]_[A-Za-z0-9]{30,}+ | github_pat_\w{20,}+ | glpat-[\w-]{20,}+
      | xox[a-z]-[A-Za-z0-9-]{10,}+
      | AIza[\w-]{35}
      | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
      | (?:hf|npm)_[A-Za-z0-9]{30,}+
    )""",
    re.ASCII | re.VERBOSE,
)
_BEARER = re.compile(r"\b(?:bearer|basic)\s++([\w.~+/=-]{8,}+)", re.ASCII)
_ASSIGNED = re.compile(
    r"""(?:(?P<sure>passw(?:or)?d|passphrase|pwd|api[_-]?key|secret[_-]?(?:access[_-]?)?key)
        |token|secret|credentials?)
        ["']?[ \t\r\n]{0,4}+(?P<by>[:=])[ \t\r\n]{0,4}+
        (?!["']?\[redacted:)
        (?:"(?P<double>[^"]{3,500}+)|'(?P<single>[^']{3,500}+)|(?P<bare>[^\s"',;&<>]{3,}+))""",
    re.VERBOSE,
)
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]++@([\w-]++(?:\.[\w-]++)++)")
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}[0-9]{2}(?=[ A-Za-z0-9]{11})")
_IBAN_TEXT = re.compile(r"[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}+")
_NOT_IN_AN_ID = r"(?<![\w+])(?<!\w-)(?<!\d[.,])"
_NOT_BEFORE_AN_ID = r"(?!\w)(?!-\w)(?![.,]\d)"
_CARD = re.compile(
    _NOT_IN_AN_ID
    + r"(?:[0-9]{13,19}+|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    + r"|[0-9]{4}([ -])[0-9]{6}\2[0-9]{4,5}+)"
    + _NOT_BEFORE_AN_ID
)
#: First digits and lengths that card networks use: Visa, Mastercard, Amex, Discover, Diners, JCB,
#: UnionPay (ISO/IEC 7812 issuer numbers).
_ISSUER = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}"
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|35[2-8][0-9]{13}|62[0-9]{14,17}"
)
_SSN = re.compile(r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w+])(?:\+[1-9](?:[ ()./-]{0,2}[0-9]){7,14}(?!\w)"
    r"|(?<![\d-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])"
    r"[2-9][0-9]{2}[ .-][0-9]{4}(?![\w-]))"
)
_CALLED = re.compile(
    r"\b(?:tele?phone|phone|tel|mobile|cell|fax|whatsapp|telefon|call me (?:at|on))\b"
    r"(?: number| no)?[.:=#\s]{0,4}+(\(?[0-9](?:[ ()./-]{0,2}[0-9]){5,14})(?!\w)",
)
_KEY_BEGIN, _KEY_END = "-----BEGIN ", "-----END "
_KEY_HEADER = 40
#: Words of prose are shorter, tokens without a digit are longer.
_LONG = 18


def private_keys(text: str, small: str) -> Iterator[Place]:
    """Find private key blocks; one whose end is missing goes on to the end of the text."""
    del small
    begin = text.find(_KEY_BEGIN)
    while begin >= 0:
        after = begin + len(_KEY_BEGIN)
        if "PRIVATE KEY-----" not in text[after : after + _KEY_HEADER]:
            begin = text.find(_KEY_BEGIN, after)
            continue
        end = text.find(_KEY_END, after)
        closed = text.find("-----", end + len(_KEY_END)) if end >= 0 else -1
        stop = closed + 5 if closed >= 0 else len(text)
        yield begin, stop
        begin = text.find(_KEY_BEGIN, stop)


def url_passwords(text: str, small: str) -> Iterator[Place]:
    """Find the password in ``scheme://user:password@host``."""
    del small
    for found in _URL_PASSWORD.finditer(text):
        at = text.rfind("@", found.start(1), found.end(1))
        if at > found.start(1):
            yield found.start(1), at


def assigned_secrets(text: str, small: str) -> Iterator[Place]:
    """Find what follows ``password=``, ``api_key:`` and the like.

    ``token: 812`` is a count and ``token: expired`` a sentence: neither is a secret.
    """
    del text
    for found in _ASSIGNED.finditer(small):
        value = found["double"] or found["single"] or found["bare"]
        if not found["sure"]:
            if value.rstrip(".").isdigit():
                continue
            if found["by"] == ":" and len(value) < _LONG and not _has_digit(value):
                continue
        yield found.end() - len(value), found.end()


def bearer_tokens(text: str, small: str) -> Iterator[Place]:
    """Find the token after ``Bearer`` or ``Basic``; a plain word after it is none."""
    del text
    for found in _BEARER.finditer(small):
        if len(found[1]) >= _LONG or _has_digit(found[1]):
            yield found.span(1)


def emails(text: str, small: str) -> Iterator[Place]:
    """Find e-mail addresses of any script."""
    del small
    for found in _EMAIL.finditer(text):
        last = found[1].rpartition(".")[2]
        if len(last) > 1 and not last[0].isdigit():
            yield found.span()


def ibans(text: str, small: str) -> Iterator[Place]:
    """Find IBANs with right check digits, in capitals or in groups."""
    del small
    for found in _IBAN.finditer(text):
        length = _iban_length(found[0][:2].upper())
        taken = _IBAN_TEXT.match(text, found.start()) if length else None
        if taken is None:
            continue
        end = _end_of(taken[0], length) + found.start()
        number = text[found.start() : end]
        # Ids are hexadecimal in small letters without blanks; people write neither.
        readable = " " in number or number.isupper()
        inside = end < len(text) and (text[end].isalnum() or text[end] == "_")
        if readable and not inside and iban.is_valid(number):
            yield found.start(), end


def cards(text: str, small: str) -> Iterator[Place]:
    """Find numbers of payment cards: a known issuer, the right length, a right check digit."""
    del small
    for found in _CARD.finditer(text):
        digits = found[0].replace(" ", "").replace("-", "")
        if _ISSUER.fullmatch(digits) and luhn.is_valid(digits):
            yield found.span()


def social_security_numbers(text: str, small: str) -> Iterator[Place]:
    """Find US social security numbers that may have been given out."""
    del small
    for found in _SSN.finditer(text):
        if ssn.is_valid(found[0]):
            yield found.span()


def phones(text: str, small: str) -> Iterator[Place]:
    """Find telephone numbers: international, North American, or named as one."""
    for found in _PHONE.finditer(text):
        yield found.span()
    for found in _CALLED.finditer(small):
        yield found.span(1)


def matches(pattern: re.Pattern[str]) -> Detector:
    """Return a detector of everything that a pattern matches, empty matches left out."""

    def detect(text: str, small: str) -> Iterator[Place]:
        del small
        return (found.span() for found in pattern.finditer(text) if found.end() > found.start())

    return detect


#: Categories in order: what an earlier one has found, a later one does not see.
DETECTORS: dict[str, Detector] = {
    "private_key": private_keys,
    "url_password": url_passwords,
    "jwt": matches(_JWT),
    "api_key": matches(_API_KEY),
    "bearer_token": bearer_tokens,
    "secret": assigned_secrets,
    "email": emails,
    "iban": ibans,
    "card": cards,
    "ssn": social_security_numbers,
    "phone": phones,
}


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


@lru_cache(maxsize=1024)
def _iban_length(country: str) -> int:
    """Return how many characters a country's IBAN has, 0 where there is none."""
    _, details = numdb.get("iban").info(country + "00")[0]
    parts = re.findall(r"([0-9]+)!", details.get("bban", ""))
    return 4 + sum(int(part) for part in parts) if parts else 0


def _end_of(text: str, characters: int) -> int:
    """Return where the first so many characters other than blanks end."""
    seen = 0
    for place, letter in enumerate(text):
        seen += letter != " "
        if seen == characters:
            return place + 1
    return len(text)
