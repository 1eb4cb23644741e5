"""Which metrics and labels a PromQL expression asks for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import promql_parser as pp


@dataclass(slots=True)
class Asked:
    """What an expression reads.

    Attributes:
        selected: pairs of a metric and a label that it is filtered by; the label is empty where
            there is no filter.
        grouped: pairs of a label kept or joined on and the metrics below that place; without the
            labels that label_replace() writes.
    """

    selected: set[tuple[str, str]] = field(default_factory=set)
    grouped: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    @property
    def metrics(self) -> set[str]:
        """Return every metric that is read."""
        return {metric for metric, _ in self.selected}


def _children(node: Any) -> Iterator[Any]:
    for name in ("expr", "lhs", "rhs"):
        child = getattr(node, name, None)
        if child is not None:
            yield child
    yield from getattr(node, "args", None) or []
    if isinstance(node, pp.MatrixSelector):
        yield node.vector_selector


def asked_by(expr: str) -> Asked:
    """Return what an expression reads.

    Raises:
        ValueError: if it is no PromQL.
    """
    found = Asked()
    _walk(pp.parse(expr), found, set())
    return found


def _only_left(node: Any) -> bool:
    many = node.modifier is not None and node.modifier.card == pp.VectorMatchCardinality.ManyToOne
    return str(node.op) in {"and", "unless"} or many


def _walk(node: Any, found: Asked, written: set[str]) -> frozenset[str]:
    """Collect what is read at and below a node; return the metrics there."""
    if isinstance(node, pp.VectorSelector):
        found.selected.add((node.name, ""))
        found.selected |= {(node.name, one.name) for one in node.matchers.matchers}
        return frozenset({node.name})
    below_here: set[str] = set()
    each = [_walk(child, found, below_here) for child in _children(node)]
    modifier = getattr(node, "modifier", None)
    if isinstance(node, pp.Call) and node.func.name == "label_replace":
        below_here.add(node.args[1].val)
    written |= below_here
    if isinstance(node, pp.BinaryExpr) and _only_left(node):
        each = each[:1]  # the right side only decides which results of the left one there are
    below = frozenset().union(*each)
    if isinstance(node, pp.AggregateExpr) and modifier is not None:
        found.grouped |= {(label, below) for label in {*modifier.labels} - below_here}
    return below
