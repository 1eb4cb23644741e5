"""Generators under observation: ended however they end, and never leaving a context behind.

Each step runs in a context of the generator's own, so that its span is current inside and nowhere
else: what the consumer does between two steps is not below it.
"""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextvars import Context, copy_context
from types import TracebackType
from typing import Any, Generic, TypeVar

from agent_telemetry.decorators.observation import Observation
from agent_telemetry.garbage_collection import heed_collections, is_collecting

Item = TypeVar("Item")
Sent = TypeVar("Sent")
Returned = TypeVar("Returned")


class _Observed:
    """A scope that is entered and left in a context of its own."""

    def __init__(self, observation: Observation) -> None:
        heed_collections()
        self._context = copy_context()
        self._observation = observation
        self._ended = False
        self._context.run(observation.scope.__enter__)

    def end(self, error: BaseException | None = None) -> None:
        """Leave the scope; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        scope = self._observation.scope
        kind, trace = (type(error), error.__traceback__) if error is not None else (None, None)
        self._context.run(scope.__exit__, kind, error, trace)

    def _close(self) -> None:
        """Leave the scope without an error: now, or soon where a lock may be held above."""
        if is_collecting():
            self._observation.lost.put(_Closing(self))
        else:
            self.end()

    def __del__(self) -> None:
        # An instance that never came to be, or the end of the interpreter, has nothing to end.
        if not sys.is_finalizing() and not getattr(self, "_ended", True):
            self._close()


class _Closing:
    """What became garbage; being thrown away is no error of a generator."""

    def __init__(self, observed: _Observed) -> None:
        self._observed = observed

    def end(self, error: BaseException | None = None) -> None:
        """End it as if it had been closed."""
        del error
        self._observed.end()


class ObservedGenerator(_Observed, Generator[Item, Sent, Returned], Generic[Item, Sent, Returned]):
    """A generator inside a scope that begins now and ends when it does.

    Args:
        inner: the generator.
        observation: its scope is entered now.
    """

    def __init__(self, inner: Generator[Item, Sent, Returned], observation: Observation) -> None:
        super().__init__(observation)
        self._inner = inner

    def send(self, value: Sent) -> Item:
        """Go on to the next item."""
        return self._step(self._inner.send, value)

    def throw(
        self,
        kind: Any,
        value: Any = None,
        traceback: TracebackType | None = None,
    ) -> Item:
        """Raise an exception at the place where the generator waits."""
        error = kind if value is None else value
        del traceback
        return self._step(self._inner.throw, error)

    def close(self) -> None:
        """Close the generator and the scope."""
        try:
            self._context.run(self._inner.close)
        except BaseException as error:
            self.end(error)
            raise
        self._close()

    def _step(self, step: Callable[..., Item], value: Any) -> Item:
        try:
            return self._context.run(step, value)
        except StopIteration:
            self.end()
            raise
        except BaseException as error:
            self.end(error)
            raise


class ObservedAsyncGenerator(_Observed, Generic[Item, Sent]):
    """An asynchronous generator inside a scope that begins now and ends when it does.

    Args:
        inner: the asynchronous generator.
        observation: its scope is entered now.
    """

    def __init__(self, inner: AsyncGenerator[Item, Sent], observation: Observation) -> None:
        super().__init__(observation)
        self._inner = inner

    async def asend(self, value: Any) -> Item:
        """Go on to the next item."""
        return await self._step(self._inner.asend(value))

    async def athrow(self, error: BaseException) -> Item:
        """Raise an exception at the place where the generator waits."""
        return await self._step(self._inner.athrow(error))

    async def aclose(self) -> None:
        """Close the generator and the scope."""
        try:
            await _InContext(self._inner.aclose(), self._context)
        except BaseException as error:
            self.end(error)
            raise
        self._close()

    async def _step(self, step: Awaitable[Item]) -> Item:
        try:
            return await _InContext(step, self._context)
        except StopAsyncIteration:
            self.end()
            raise
        except BaseException as error:
            self.end(error)
            raise


class _InContext(Generic[Item]):
    """Awaits something, each of its steps in a given context."""

    def __init__(self, awaitable: Awaitable[Item], context: Context) -> None:
        self._awaitable = awaitable
        self._context = context

    def __await__(self) -> Generator[Any, Any, Item]:
        steps: Any = self._awaitable.__await__()
        step, value = steps.send, None
        while True:
            try:
                waited_for = self._context.run(step, value)
            except StopIteration as stop:
                found: Item = stop.value
                return found
            try:
                step, value = steps.send, (yield waited_for)
            except BaseException as error:  # noqa: BLE001 -- it is passed on to where it belongs
                step, value = steps.throw, error
