"""Decorators for a function: tell of each call as of a request, or as of a step.

Both keep the function's name, signature and kind. They use the stack that is given, else the
latest one made at the time of the call; without any the function just runs.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from agent_telemetry.current_stack import current_stack
from agent_telemetry.decorators.observation import Observation
from agent_telemetry.decorators.observed_function import observed
from agent_telemetry.decorators.observed_request import ObservedRequest
from agent_telemetry.redaction.values import HIDDEN, is_secret_name
from agent_telemetry.traces.traced_operation import traced_operation

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

Given = ParamSpec("Given")
Result = TypeVar("Result")

_IDS = ("tenant_id", "user_id", "session_id")
_SIMPLE = (str, bool, int, float)
#: Most characters of a text argument in an attribute.
_PREVIEW = 100
#: A secret that the preview would cut in two is found this far.
_PAST_THE_PREVIEW = 1000


@overload
def monitor_request(function: Callable[Given, Result], /) -> Callable[Given, Result]: ...


@overload
def monitor_request(
    *, method: str = "POST", endpoint: str | None = None, stack: "ObservabilityStack | None" = None
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]: ...


def monitor_request(
    function: Callable[..., Any] | None = None,
    /,
    *,
    method: str = "POST",
    endpoint: str | None = None,
    stack: "ObservabilityStack | None" = None,
) -> Any:
    """Count, time, trace and log each call of a function as a request.

    ``@monitor_request`` or ``@monitor_request(endpoint="/chat")``. Arguments of the function called
    ``tenant_id``, ``user_id`` and ``session_id`` name whom it serves; the tenant is ``unknown``
    otherwise. An exception counts as ``error`` (by its ``status_code`` where it has one) and goes
    on.

    Args:
        function: the function, when the decorator is used without brackets.
        method: value of ``method``.
        endpoint: value of ``endpoint``; the function's name by default.
        stack: the stack that is told.
    """

    def decorate(plain: Callable[Given, Result]) -> Callable[Given, Result]:
        target = getattr(plain, "__func__", plain)
        named = getattr(target, "__name__", type(target).__name__)
        label = endpoint if endpoint is not None else named
        positions = _positions(target)

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Observation | None:
            told = stack if stack is not None else current_stack()
            if told is None:
                return None
            request = ObservedRequest(told, method, label, _ids(positions, args, kwargs))
            return Observation(request, told.signals.instruments.lost)

        return observed(plain, begin)

    return decorate if function is None else decorate(function)


def trace_operation(
    name: str, *, kind: str = "chain", stack: "ObservabilityStack | None" = None
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Make a span of each call of a function.

    Keyword arguments that are text (at most 100 characters are kept), numbers or booleans become
    attributes ``param.<name>``; personal data is redacted, and the value of one whose name says
    that it is a secret, such as ``api_key``, is hidden.

    Args:
        name: exact name of the span.
        kind: one of the guides' kinds: agent, llm, tool, memory, retrieval, chain, embedding.
        stack: the stack that is told.
    """

    def decorate(plain: Callable[Given, Result]) -> Callable[Given, Result]:
        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Observation | None:
            del args
            told = stack if stack is not None else current_stack()
            if told is None:
                return None
            attributes = _attributes(kwargs, told.redact)
            operation = traced_operation(told.signals, name, kind, attributes)
            return Observation(operation, told.signals.instruments.lost)

        return observed(plain, begin)

    return decorate


def _attributes(kwargs: dict[str, Any], redact: Callable[[str], str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in kwargs.items():
        if isinstance(value, _SIMPLE):
            found[f"param.{name}"] = HIDDEN if is_secret_name(name) else _kept(value, redact)
    return found


def _kept(value: str | float, redact: Callable[[str], str]) -> object:
    # Redacted before it is cut: half a card number would not be known as one.
    return redact(value[:_PAST_THE_PREVIEW])[:_PREVIEW] if isinstance(value, str) else value


def _positions(function: Callable[..., Any]) -> dict[str, int]:
    """Return where a function takes the ids."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-in functions do not tell
        return {}
    return {each: names.index(each) for each in _IDS if each in names}


def _ids(
    positions: dict[str, int], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _IDS:
        value = kwargs.get(name)
        if value is None and positions.get(name, len(args)) < len(args):
            value = args[positions[name]]
        if value is not None:
            found[name] = str(value)
    return found
