"""Checks the numbers a fault is started with, whether a body or a header brings them."""

from collections.abc import Mapping

from example_app.simulator.api_error import ApiError
from example_app.simulator.faults import FaultKind, Parameter

_NAME_LIMIT = 64


def find_kind(kinds: Mapping[str, FaultKind], name: str, *, unknown: int) -> FaultKind:
    """The fault of that name.

    Args:
        kinds: The faults there are.
        name: The fault's name.
        unknown: HTTP status for a name that is not there.

    Raises:
        ApiError: There is no such fault.
    """
    if name not in kinds:
        raise ApiError(unknown, f"There is no such fault. Known: {', '.join(kinds)}.")
    return kinds[name]


def check_parameters(
    kind: FaultKind, given: Mapping[str, object], *, also: tuple[str, ...] = ()
) -> dict[str, float]:
    """The fault's own numbers: those given, the defaults for the rest.

    Args:
        kind: The fault.
        given: Values by parameter name.
        also: Other settings there are where the values come from, for the message.

    Raises:
        ApiError: 400 for a parameter that is not there, or a value out of its bounds.
    """
    values = {name: parameter.default for name, parameter in kind.parameters.items()}
    for name, value in given.items():
        parameter = kind.parameters.get(name)
        if parameter is None:
            known = ", ".join([*also, *kind.parameters]) or "none"
            shown = name[:_NAME_LIMIT]
            raise ApiError(400, f"'{shown}' is no setting of this fault. Known: {known}.")
        values[name] = _within(name, value, parameter)
    return values


def _within(name: str, value: object, parameter: Parameter) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = float("nan")
    if parameter.low <= value <= parameter.high:
        return value
    bounds = f"from {parameter.low:g} to {parameter.high:g}"
    raise ApiError(400, f"must be a number {bounds}", path=(name,))
