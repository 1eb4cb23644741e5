"""Whether code runs inside a garbage collection, where no lock may be waited for."""

import gc
import threading

_by: list[int] = []


def is_collecting() -> bool:
    """Return whether this thread is inside a garbage collection, that is, in a finalizer.

    A collection may begin anywhere, also where its thread holds a lock: to wait for that lock in
    a finalizer would be waiting for oneself.
    """
    return threading.get_ident() in _by


def _note(phase: str, _info: dict[str, int]) -> None:
    if phase == "start":
        _by.append(threading.get_ident())
    elif _by:
        _by.pop()


def heed_collections() -> None:
    """Begin to take note of collections; called before there is anything to finalize."""
    if _note not in gc.callbacks:
        gc.callbacks.append(_note)
