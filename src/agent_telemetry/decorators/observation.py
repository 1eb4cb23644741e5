"""One observed call: the scope it runs in, and who ends it when nobody else does."""

from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from agent_telemetry.operations.lost_calls import LostCalls


class Observation(NamedTuple):
    """What a decorator begins around one call.

    Attributes:
        scope: entered before the call, left after it.
        lost: takes a generator that became garbage before its end.
    """

    scope: AbstractContextManager[Any]
    lost: LostCalls
