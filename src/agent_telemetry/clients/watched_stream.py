"""A client package's stream, seen from outside: one end, however the caller leaves it."""

from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Self

import wrapt

from agent_telemetry.clients.answer_facts import AnswerFormat, facts_of
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.signals import Signals
from agent_telemetry.prices.pricing import Usage


class StreamWatch:
    """Collects what the pieces say and ends the call once.

    Args:
        call: the call, started and detached from its context.
        answers: reads the pieces.
        signals: of the call.
        prompt_words: estimates the prompt's words; asked only when a stream was broken off.
        hides: whether a piece is one that we asked for ourselves and the caller must not see.
    """

    def __init__(
        self,
        call: ModelCall,
        answers: AnswerFormat,
        signals: Signals,
        prompt_words: Callable[[], int],
        hides: Callable[[Any], bool] | None = None,
    ) -> None:
        self._call = call
        # A collection finalizes both in any order, and only the watch knows the usage.
        call.watched = True
        self._answers = answers
        self._guard = signals.guard
        self._lost = signals.instruments.lost
        self._prompt_words = prompt_words
        self._facts = facts_of(call)
        self._ended = False
        self._hides = hides

    def hides(self, piece: Any) -> bool:
        """Return whether the caller must not see a piece."""
        return self._hides is not None and self._hides(piece)

    def saw(self, piece: Any) -> None:
        """Take one piece."""
        try:
            if self._answers.read_piece(piece, self._facts):
                self._call.chunk()
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("clients.stream", error)

    def end(self, error: BaseException | None = None, *, whole: bool = False) -> None:
        """End the call; a second call does nothing.

        Args:
            error: what ended it; ``GeneratorExit`` when the caller left.
            whole: whether the stream was read to its end.
        """
        if self._ended:
            return
        self._ended = True
        try:
            self._tell(whole=whole)
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("clients.stream", fault)
        self._call.end(error)

    def abandon(self) -> None:
        """End the call of a stream that nobody holds any more; safe inside a garbage collection."""
        if not self._ended:
            self._lost.put(self)

    def _tell(self, *, whole: bool) -> None:
        facts = self._facts
        if whole or (facts.usage is not None and facts.finish_reasons):
            facts.tell(self._call)
            return
        # Broken off: the provider bills what it made up to here but never says how much.
        usage = facts.usage or Usage(int(self._prompt_words() * _TOKENS_A_WORD), 0)
        said = max(usage.output, int(facts.words * _TOKENS_A_WORD))
        facts.usage = None
        facts.tell(self._call)
        self._call.usage(
            input=usage.input,
            output=said,
            cached=usage.cached,
            cache_write=usage.cache_write,
            cache_write_1h=usage.cache_write_1h,
            estimated=True,
        )


#: The guides' rule of thumb.
_TOKENS_A_WORD = 1.3


class WatchedStream(wrapt.ObjectProxy[Any]):
    """A synchronous stream; for everybody else it is the client package's own object."""

    def __init__(self, stream: Any, watch: StreamWatch) -> None:
        super().__init__(stream)
        self._self_watch = watch

    def __iter__(self) -> Iterator[Any]:
        # Not a generator: who breaks off a loop may go on reading the same stream.
        return self

    def __next__(self) -> Any:
        watch = self._self_watch
        while True:
            try:
                piece = next(self.__wrapped__)
            except StopIteration:
                watch.end(None, whole=True)
                raise
            except BaseException as error:
                watch.end(error)
                raise
            watch.saw(piece)
            if not watch.hides(piece):
                return piece

    def __enter__(self) -> Self:
        self.__wrapped__.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        self._self_watch.end(error or GeneratorExit())
        return self.__wrapped__.__exit__(kind, error, traceback)

    def close(self) -> Any:
        """Close the stream, as the package does."""
        self._self_watch.end(GeneratorExit())
        return self.__wrapped__.close()

    def __del__(self) -> None:
        self._self_watch.abandon()


class AsyncWatchedStream(wrapt.ObjectProxy[Any]):
    """An asynchronous stream; for everybody else it is the client package's own object."""

    def __init__(self, stream: Any, watch: StreamWatch) -> None:
        super().__init__(stream)
        self._self_watch = watch

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        watch = self._self_watch
        while True:
            try:
                piece = await self.__wrapped__.__anext__()
            except StopAsyncIteration:
                watch.end(None, whole=True)
                raise
            except BaseException as error:
                watch.end(error)
                raise
            watch.saw(piece)
            if not watch.hides(piece):
                return piece

    async def __aenter__(self) -> Self:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        self._self_watch.end(error or GeneratorExit())
        return await self.__wrapped__.__aexit__(kind, error, traceback)

    async def close(self) -> Any:
        """Close the stream, as the package does."""
        self._self_watch.end(GeneratorExit())
        return await self.__wrapped__.close()

    async def aclose(self) -> Any:
        """Close a stream that is an asynchronous generator."""
        self._self_watch.end(GeneratorExit())
        return await self.__wrapped__.aclose()

    def __del__(self) -> None:
        self._self_watch.abandon()


def watched(stream: Any, watch: StreamWatch) -> Any:
    """Return the stream with a watch on it.

    Args:
        stream: synchronous or asynchronous, with the package's own interface.
        watch: told about each piece and about the end.
    """
    kind = AsyncWatchedStream if hasattr(stream, "__anext__") else WatchedStream
    return kind(stream, watch)
