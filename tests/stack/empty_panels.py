"""Which queries of panels are rightly empty on a healthy stack, and what fills them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from example_app.incidents import load_incidents

FILE = Path(__file__).with_name("empty_panels.toml")


@dataclass(frozen=True)
class RightlyEmpty:
    """A query that finds nothing while all is well.

    Attributes:
        reason: why.
        fault: the fault that fills it.
        made_by: what else in this folder fills it: ``foreign_agent`` or ``old_line``.
        after: how much time fills it, such as ``1d``.
        may_find: whether the machine that it runs on may fill it before.
    """

    reason: str
    fault: str = ""
    made_by: str = ""
    after: str = ""
    may_find: bool = False


@cache
def rightly_empty(file: Path = FILE) -> Mapping[str, RightlyEmpty]:
    """Return the list, by `PanelQuery.name`.

    Raises:
        ValueError: if an entry is there twice, lacks its reason, names a fault that there is not,
            or does not say by exactly one field what fills it.
    """
    faults = load_incidents().keys()
    found: dict[str, RightlyEmpty] = {}
    for entry in tomllib.loads(file.read_text("utf-8"))["empty"]:
        filled_by = RightlyEmpty(**{key: entry[key] for key in entry if key != "queries"})
        fillers = [filled_by.fault, filled_by.made_by, filled_by.after]
        if not filled_by.reason or sum(map(bool, fillers)) != 1:
            raise ValueError(f"an entry has a reason, and fault, made_by or after: {entry}")
        if filled_by.fault and filled_by.fault not in faults:
            raise ValueError(f"there is no fault {filled_by.fault}")
        for name in entry["queries"]:
            if name in found:
                raise ValueError(f"{name} is there twice")
            found[name] = filled_by
    return found
