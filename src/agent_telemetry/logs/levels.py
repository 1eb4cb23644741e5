"""The five levels of a log record and their aliases."""

import logging

#: Spelling in every record, by number of the standard library.
LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}
_ALIASES = {"TRACE": logging.DEBUG, "WARNING": logging.WARNING, "CRITICAL": logging.CRITICAL}
#: For messages about a level that is none.
ACCEPTED_LEVELS = f"{', '.join(LEVELS)} (or {', '.join(_ALIASES)})"
_SPELLING = {number: name for name, number in LEVELS.items()}


def level_number(name: str) -> int | None:
    """Return the standard library's number of a level or alias, None when there is none."""
    upper = name.upper()
    return LEVELS.get(upper) or _ALIASES.get(upper)


def tenant_levels(text: str) -> dict[str, str] | None:
    """Return the level of each tenant in ``umbrella=DEBUG,acme=WARN``, None when that is wrong."""
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        tenant, _, level = (each.strip() for each in part.rpartition("="))
        number = level_number(level)
        if not tenant or number is None:
            return None
        found[tenant] = level_name(number)
    return found


def level_name(number: int) -> str:
    """Return the one spelling for a number; numbers between levels round down."""
    exact = _SPELLING.get(number)
    if exact is not None:
        return exact
    below = [known for known in _SPELLING if known <= number]
    return _SPELLING[max(below, default=logging.DEBUG)]
