"""The PromQL condition of each alert, by its name and scope.

Each module here has the conditions of one group. Windows are those of thresholds.yml. Where a
series is recorded over the same window it is used, otherwise the expression is written out, so that
a preset may shorten a window.
"""

from importlib import import_module
from pkgutil import iter_modules

from prometheus.conditions.condition import Condition, build, condition, registered

__all__ = ["Condition", "build", "condition", "registered"]

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
