"""Arithmetic, read as a syntax tree of numbers and operators: nothing is executed."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from pydantic import Field

from example_app.tools.tool import Arguments, Tool, ToolError

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_MOST_EXPONENT = 100


class Expression(Arguments):
    """What to calculate."""

    expression: str = Field(description="An expression such as (3 + 4) * 2", max_length=500)


def calculator() -> Tool:
    """Return the calculator as a tool."""
    return Tool("calculator", "Calculate an arithmetic expression.", Expression, calculate)


def calculate(wanted: Expression) -> dict[str, Any]:
    """Return the value of an expression.

    Raises:
        ToolError: it is no arithmetic, or has no finite value.
    """
    try:
        tree = ast.parse(wanted.expression.replace("^", "**"), mode="eval")
        result = float(_value(tree.body))
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError, TypeError):
        raise ToolError("bad_expression", "this cannot be calculated") from None
    if not math.isfinite(result):
        raise ToolError("bad_expression", "the result is not a finite number")
    return {"expression": wanted.expression, "result": round(result, 6)}


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) > _MOST_EXPONENT:
            raise ValueError("exponent too large")
        return float(_BINARY[type(node.op)](left, right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return float(_UNARY[type(node.op)](_value(node.operand)))
    raise ValueError("not arithmetic")
