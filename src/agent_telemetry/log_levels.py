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
_ALIASES = {"WARNING": logging.WARNING, "CRITICAL": logging.CRITICAL}
_SPELLING = {number: name for name, number in LEVELS.items()}


def level_number(name: str) -> int | None:
    """Return the standard library's number of a level or alias, None when there is none."""
    upper = name.upper()
    return LEVELS.get(upper) or _ALIASES.get(upper)


def level_name(number: int) -> str:
    """Return the one spelling for a number; numbers between levels round down."""
    exact = _SPELLING.get(number)
    if exact is not None:
        return exact
    below = [known for known in _SPELLING if known <= number]
    return _SPELLING[max(below, default=logging.DEBUG)]
