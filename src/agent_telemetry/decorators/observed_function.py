"""Functions under observation: plain, asynchronous, generators, asynchronous generators."""

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from agent_telemetry.decorators.observation import Observation
from agent_telemetry.decorators.observed_generator import ObservedAsyncGenerator, ObservedGenerator

Given = ParamSpec("Given")
Result = TypeVar("Result")

#: Makes what is observed of one call from its arguments; None: nothing.
Begin = Callable[[tuple[Any, ...], dict[str, Any]], Observation | None]


def observed(function: Callable[Given, Result], begin: Begin) -> Callable[Given, Result]:
    """Return a function of the same kind, name and types, each call of which is inside a scope.

    Args:
        function: any function or method; a generator's scope lasts from its first item to its
            end: exhaustion, ``break``, ``close``, exception, cancellation, garbage collection.
        begin: makes what is observed; must not raise.
    """
    if isinstance(function, staticmethod | classmethod):
        kind = type(function)
        return cast("Callable[Given, Result]", kind(observed(function.__func__, begin)))
    if inspect.isasyncgenfunction(function):
        found: Any = _async_generator(function, begin)
    elif inspect.isgeneratorfunction(function):
        found = _generator(function, begin)
    elif inspect.iscoroutinefunction(function):
        found = _coroutine(function, begin)
    else:
        found = _plain(function, begin)
    return cast("Callable[Given, Result]", found)


def _plain(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        observation = begin(args, kwargs)
        if observation is None:
            return function(*args, **kwargs)
        with observation.scope:
            return function(*args, **kwargs)

    return call


def _coroutine(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        observation = begin(args, kwargs)
        if observation is None:
            return await function(*args, **kwargs)
        with observation.scope:
            return await function(*args, **kwargs)

    return call


def _generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        observation = begin(args, kwargs)
        inner = function(*args, **kwargs)
        if observation is not None:
            inner = ObservedGenerator(inner, observation)
        return (yield from inner)

    return call


def _async_generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        observation = begin(args, kwargs)
        inner: Any = function(*args, **kwargs)
        if observation is not None:
            inner = ObservedAsyncGenerator(inner, observation)
        try:
            item = await inner.asend(None)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 -- it belongs to the generator
                    item = await inner.athrow(error)
                else:
                    item = await inner.asend(sent)
        except StopAsyncIteration:
            return
        finally:
            await inner.aclose()

    return call
