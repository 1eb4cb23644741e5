"""Log records of the library's own, without the search for a caller that would be itself."""

import logging
from typing import Any


def write_record(
    logger: logging.Logger,
    level: int,
    message: str,
    args: tuple[Any, ...],
    *,
    site: tuple[str, str],
    fields: dict[str, Any],
    error: BaseException | None = None,
) -> None:
    """Write a record; that its level is kept was asked before.

    Args:
        logger: whose it is.
        level: the standard library's number.
        message: with ``%`` for its arguments.
        args: the arguments.
        site: file and function that it names.
        fields: what ``extra=`` would take; none has the name of one of the record's own.
        error: the exception whose traceback is told.
    """
    told = (type(error), error, error.__traceback__) if error is not None else None
    make = logging.getLogRecordFactory()
    record = make(logger.name, level, site[0], 0, message, args, told, site[1])
    record.__dict__.update(fields)
    logger.handle(record)
