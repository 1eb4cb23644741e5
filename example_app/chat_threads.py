"""Threads in which chats run: bounded in number, and none holds up the end of the process."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Outcome = TypeVar("Outcome")


class TooManyChatsError(Exception):
    """All threads are taken."""


class ChatThreads:
    """Runs blocking work, a thread a chat.

    The threads are daemons, unlike those of ``ThreadPoolExecutor``, which the interpreter joins at
    its end: a chat whose model keeps silent would hold up the end of the process.

    Args:
        most: threads that may run at once.
    """

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    async def run(self, work: Callable[P, Outcome], *args: P.args, **kwargs: P.kwargs) -> Outcome:
        """Return what the work returns; it sees the caller's context.

        Raises:
            TooManyChatsError: all threads are taken.
        """
        if not self._free.acquire(blocking=False):
            raise TooManyChatsError
        context = contextvars.copy_context()
        future: Future[Outcome] = Future()
        # From here on a caller that gives up only stops waiting: the work itself goes on.
        future.set_running_or_notify_cancel()

        def in_thread() -> None:
            try:
                outcome = context.run(work, *args, **kwargs)
            except BaseException as error:  # noqa: BLE001 -- it is the caller's to handle
                self._free.release()
                future.set_exception(error)
            else:
                self._free.release()
                future.set_result(outcome)

        threading.Thread(target=in_thread, name="chat", daemon=True).start()
        return await asyncio.wrap_future(future)
