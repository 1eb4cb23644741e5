"""Which series a rule reads: the selectors of its expression, as Prometheus or Loki is asked."""

import re
from typing import Any

import promql_parser as pp

#: Loki's stream selector comes first in a query; its matchers have no braces in them.
_STREAM_SELECTOR = re.compile(r"\{[^{}]*=[^{}]*\}")
_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def promql_selectors(expr: str) -> set[str]:
    """Return every selector of an expression, without ranges and offsets.

    What stands inside of absent() is left out: that it matches nothing is its purpose.

    Raises:
        ValueError: if it is no PromQL.
    """
    found: set[str] = set()
    _walk(pp.parse(expr), found)
    return found


def logql_selectors(expr: str) -> set[str]:
    """Return every stream selector of a query for Loki."""
    return set(_STREAM_SELECTOR.findall(expr))


def _walk(node: Any, found: set[str]) -> None:
    if isinstance(node, pp.VectorSelector):
        found.add(_written(node))
        return
    if isinstance(node, pp.MatrixSelector):
        found.add(_written(node.vector_selector))
        return
    if isinstance(node, pp.Call) and node.func.name.startswith("absent"):
        return
    for name in ("expr", "lhs", "rhs"):
        child = getattr(node, name, None)
        if child is not None:
            _walk(child, found)
    for argument in getattr(node, "args", None) or []:
        _walk(argument, found)


def _written(selector: "pp.VectorSelector") -> str:
    matchers = sorted(
        f"{one.name}{_operator(one)}{_quoted(one.value)}" for one in selector.matchers.matchers
    )
    return f"{selector.name or ''}{{{','.join(matchers)}}}"


def _operator(matcher: Any) -> str:
    return _OPERATORS[str(matcher.op).rpartition(".")[2]]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
