"""What other libraries log of our own workers' attempts is not said again by them."""

import logging
import threading
from collections.abc import Iterable


def quieten(names: Iterable[str]) -> None:
    """Drop what these loggers are told in the library's own threads.

    Our delivery tells of a failure once; a client would tell of each try, and where the records
    themselves are what is delivered, each line would make the next request.

    Args:
        names: loggers of the client.
    """
    for name in names:
        logger = logging.getLogger(name)
        if _not_from_worker not in logger.filters:
            logger.addFilter(_not_from_worker)


def _not_from_worker(record: logging.LogRecord) -> bool:
    del record  # a record is made in the thread that asks
    return not threading.current_thread().name.startswith("agent_telemetry-")
