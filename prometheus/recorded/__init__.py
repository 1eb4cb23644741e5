"""Recorded series, `level:metric:operations`, that alerts and dashboards share.

Each module here is one rule group and one file, recording/<module>.yml: it has a function
`records(scale)`, in whose list each series may use those before it, and the names of its series as
constants. Ratios are made of two recorded sums, each over the same labels: a denominator of 0 gives
no value instead of NaN, and a missing numerator counts as 0.
"""

from importlib import import_module
from pkgutil import iter_modules

from prometheus.durations import TimeScale
from prometheus.recorded.record import Record

_NO_GROUP = {"record"}


def groups(scale: TimeScale) -> dict[str, list[Record]]:
    """Return the recording rules by group."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = {name: import_module(f"{__name__}.{name}") for name in names if name not in _NO_GROUP}
    return {name: module.records(scale) for name, module in modules.items()}
