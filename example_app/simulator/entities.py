"""Things a message names: order numbers, tickers, spans of days, sums, amounts."""

import re
from collections.abc import Iterable

_READ_CHARACTERS = 4000
_ORDER = re.compile(
    r"\border\s{0,3}(?:number|no\.?|id)?\s{0,3}[#:]?\s{0,3}(\d{3,12})\b", re.IGNORECASE
)
_HASH_NUMBER = re.compile(r"#\s?(\d{3,12})\b")
_BARE_NUMBER = re.compile(r"(?<![\d.$€£-])\b(\d{4,8})\b(?![.\d%])")
_TICKER = re.compile(r"\$?\b([A-Z]{2,6})\b")
_CAPITALS = (
    "AI AND API CEO CFO CSV EPS ETF EU EUR FAQ FOR GDP ID IPO IS IT JSON NO NOT OF OK OR PDF PE"
    " PLEASE ROI SEC THE TO UK URL US USA USD VIP VS WHAT YES YTD"
)
_NOT_TICKERS = frozenset(_CAPITALS.split())
_DAYS_PER_UNIT = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
_SPAN = re.compile(r"\b(?:(\d{1,4})[\s-]{1,3})?(day|week|month|quarter|year)s?\b", re.IGNORECASE)
_SUM = re.compile(r"[\d(][\d\s.()]*(?:[-+*/][\d\s.()]+)+")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s?(?:%|percent)\s+of\s+\$?(\d+(?:\.\d+)?)", re.IGNORECASE)
_AMOUNT = re.compile(r"[$€£]\s?(\d{1,9}(?:\.\d{1,2})?)")


def order_number(texts: Iterable[str]) -> str | None:
    """The order number of the first text that has one: `order 1042`, `#1042`, or just `1042`."""
    for text in _short(texts):
        for pattern in (_ORDER, _HASH_NUMBER, _BARE_NUMBER):
            found = pattern.search(text)
            if found:
                return found[1]
    return None


def tickers(texts: Iterable[str]) -> list[str]:
    """The stock symbols of the first text that has any, in order, each once."""
    for text in _short(texts):
        found = [name for name in _TICKER.findall(text) if name not in _NOT_TICKERS]
        if found:
            return list(dict.fromkeys(found))
    return []


def days(texts: Iterable[str]) -> int | None:
    """The span of the first text that names one, in days: `two weeks` is not read, `2 weeks` is."""
    for text in _short(texts):
        found = _SPAN.search(text)
        if found:
            return max(1, int(found[1] or 1)) * _DAYS_PER_UNIT[found[2].lower()]
    return None


def arithmetic(texts: Iterable[str]) -> str | None:
    """A sum written in the newest text, as an expression: `12 * 3.5`, `15% of 240`."""
    for text in _short(texts):
        share = _SHARE.search(text)
        if share:
            return f"{share[2]} * {share[1]} / 100"
        for found in _SUM.finditer(_DATE.sub(" ", text)):
            expression = _trim(found[0])
            if expression:
                return expression
        return None
    return None


def amount(texts: Iterable[str]) -> float | None:
    """The money amount of the first text that has one (`$12.50`)."""
    for text in _short(texts):
        found = _AMOUNT.search(text)
        if found:
            return float(found[1])
    return None


def _short(texts: Iterable[str]) -> Iterable[str]:
    return (text[:_READ_CHARACTERS] for text in texts)


def _trim(expression: str) -> str | None:
    """The expression without loose ends, or None when its brackets do not match."""
    trimmed = expression.strip().rstrip(".").strip()
    depth = 0
    for character in trimmed:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return None
    usable = depth == 0 and trimmed[-1:] not in {"+", "-", "*", "/"}
    return " ".join(trimmed.split()) if usable else None
