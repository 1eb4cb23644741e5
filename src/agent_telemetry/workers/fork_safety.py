"""What a forked child needs: locks that are free, and a call to whatever has to begin anew.

Only the thread that forks lives on in the child. A lock that another thread held would be held
there for ever, and every background thread is missing.
"""

import logging
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

_log = logging.getLogger("agent_telemetry")
_locks: "weakref.WeakSet[threading.Lock]" = weakref.WeakSet()
_methods: "list[weakref.WeakMethod[Callable[[], None]]]" = []


def forkable_lock() -> threading.Lock:
    """Return a lock that is free in a forked child, whoever holds it at the fork."""
    lock = threading.Lock()
    _locks.add(lock)
    return lock


def free(lock: Any) -> None:
    """Free a lock in a forked child, as the standard library does with its own."""
    lock._at_fork_reinit()  # noqa: SLF001 -- logging, threading and concurrent.futures call it too


def call_in_child(method: Callable[[], None]) -> None:
    """Have a method called in every forked child, after all locks are free.

    Args:
        method: a bound method; its object is not kept alive. What it raises is logged.
    """
    _methods[:] = [each for each in _methods if each() is not None]
    _methods.append(weakref.WeakMethod(method))


def _begin_child() -> None:
    for lock in list(_locks):
        free(lock)
    for each in _methods:
        method = each()
        if method is None:
            continue
        try:
            method()
        except Exception:  # noqa: BLE001 -- the host's child goes on
            _log.exception("telemetry of a forked process", extra={"event": "telemetry_fault"})


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)
