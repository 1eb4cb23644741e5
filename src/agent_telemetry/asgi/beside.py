"""Work of an endpoint beside the event loop, of which any part may hang for ever.

The host's own pool is left alone: what hangs there is missed by the host, and waited for when the
process ends.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

Result = TypeVar("Result")

#: Most pieces of one kind at once.
MOST_AT_ONCE = 4


class BusyError(Exception):
    """All that may be done at once is being done; it hangs, or is asked for too often."""


class Beside:
    """Runs functions in threads of its own that end with the process; a few at once."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._free = threading.Semaphore(most)

    async def run(self, function: Callable[..., Result], *args: Any) -> Result:
        """Return what a function returns.

        Raises:
            BusyError: too many are under way.
        """
        if not self._free.acquire(blocking=False):
            raise BusyError(f"{MOST_AT_ONCE} earlier requests are still being answered")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        context = copy_context()

        def work() -> None:
            try:
                found, error = context.run(function, *args), None
            except BaseException as raised:  # noqa: BLE001 -- it is raised to whoever waits
                found, error = None, raised
            finally:
                self._free.release()
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(_settle, answer, found, error)

        try:
            threading.Thread(target=work, name="agent_telemetry-endpoint", daemon=True).start()
        except RuntimeError:
            self._free.release()
            raise
        return await answer


def _settle(answer: "asyncio.Future[Any]", found: Any, error: BaseException | None) -> None:
    if answer.done():  # whoever asked has left
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(found)
