"""The current span and request in other threads: a copy of the context goes with the work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import wraps
from typing import ParamSpec, TypeVar

from opentelemetry import context as otel_context

from agent_telemetry import correlation
from agent_telemetry.operations.operation import current_operation

Given = ParamSpec("Given")
Result = TypeVar("Result")


def carry_context(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Return the function bound to the span and request of now, to be called in any thread.

    ``threading.Thread(target=carry_context(work))`` keeps the parent of the spans that ``work``
    makes, also when that parent has ended by then. It may be called many times and by many
    threads at once.
    """
    context = copy_context()

    @wraps(function)
    def carried(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        # A context can be entered once at a time: every call has a copy of its own.
        return context.copy().run(_below_its_span, function, *args, **kwargs)

    return carried


class ContextThreadPoolExecutor(ThreadPoolExecutor):
    """A thread pool whose work sees the span and request of whoever submitted it."""

    def submit(
        self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """Submit work together with a copy of the current context; ``map`` does the same."""
        context = copy_context()
        return super().submit(lambda: context.run(_below_its_span, fn, *args, **kwargs))


def _below_its_span(
    function: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    """Call a function in a carried context, whose operation may have ended in the meantime."""
    span, request = otel_context.get_current(), correlation.current_or_none()
    current_operation()  # an operation that has ended takes its span and ids out of the context
    if otel_context.get_current() is not span:
        otel_context.attach(span)
        if request is not None:
            correlation.enter(request)
    return function(*args, **kwargs)
