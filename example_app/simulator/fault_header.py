"""Faults for one request, by its header: `x-simulator-fault: NAME[;key=value…][, NAME…]`."""

from collections.abc import Mapping

from example_app.simulator.api_error import ApiError
from example_app.simulator.fault_settings import check_parameters, find_kind
from example_app.simulator.faults import FaultKind

HEADER = "x-simulator-fault"


def read_fault_header(text: str, kinds: Mapping[str, FaultKind]) -> dict[str, Mapping[str, float]]:
    """The faults a header names, each with its numbers.

    Args:
        text: The header's value, such as `cut_stream;share=0.2, slow_first_token`.
        kinds: The faults there are.

    Raises:
        ApiError: 400 for an unknown fault, an unknown parameter or a value out of its bounds.
    """
    faults: dict[str, Mapping[str, float]] = {}
    for item in text.split(","):
        name, *settings = (part.strip() for part in item.split(";"))
        kind = find_kind(kinds, name, unknown=400)
        faults[name] = check_parameters(kind, dict(_pair(setting) for setting in settings))
    return faults


def _pair(setting: str) -> tuple[str, float]:
    name, _, value = (part.strip() for part in setting.partition("="))
    try:
        return name, float(value)
    except ValueError:
        raise ApiError(400, f"'{setting[:64]}' must be key=number, as in {HEADER}.") from None
