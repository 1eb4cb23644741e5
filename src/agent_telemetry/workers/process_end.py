"""Being called at the end of a process, whichever way it was made."""

import atexit
import multiprocessing
from collections.abc import Callable
from multiprocessing import util
from typing import Any

#: Before multiprocessing's own finalizers, which end queues and children.
_PRIORITY = 100


def call_at_end(owner: Any, method: str) -> None:
    """Have a method called when this process ends, and when each process forked off it does.

    Processes of ``multiprocessing`` end without the handlers of ``atexit`` (until Python 3.13), but
    they have finalizers of their own. A process that is killed calls nothing.

    Args:
        owner: whose method; kept alive.
        method: its name; safe to call twice.
    """
    call: Callable[[], None] = getattr(owner, method)
    atexit.register(call)
    if multiprocessing.parent_process() is not None:
        _finalize(call)
    util.register_after_fork(owner, lambda kept: _finalize(getattr(kept, method)))


def _finalize(call: Callable[[], None]) -> None:
    util.Finalize(None, call, exitpriority=_PRIORITY)
