"""What adds up in an operation: calls, tokens and money of everything below it."""

from typing import TYPE_CHECKING

from agent_telemetry.prices.pricing import Usage, usd
from agent_telemetry.workers.fork_safety import forkable_lock

if TYPE_CHECKING:
    from agent_telemetry.operations.operation import Operation

#: Operations below one parent may end in several threads at once.
_sums = forkable_lock()


class OperationSums:
    """The sums of one operation and its way up.

    Attributes:
        parent: the operation above, None at the top.
        used: tokens of the model calls in and below it, None before the first.
        cost_units: their cost in units of 1e-12 USD; None when one has no known price.
        llm_calls: model calls below it.
        tool_calls: tool calls below it.
    """

    def __init__(self) -> None:
        self.parent: Operation | None = None
        self.used: Usage | None = None
        self.cost_units: int | None = 0
        self.llm_calls = 0
        self.tool_calls = 0

    @property
    def tokens_input(self) -> int:
        """Prompt tokens of the model calls in and below this operation."""
        return self.used.input if self.used is not None else 0

    @property
    def tokens_output(self) -> int:
        """Produced tokens of the model calls in and below this operation."""
        return self.used.output if self.used is not None else 0

    @property
    def cost_usd(self) -> float | None:
        """Cost in USD of the model calls below; None when one of them has no known price."""
        return None if self.cost_units is None else usd(self.cost_units)

    def add(self, usage: Usage, cost_units: int | None) -> None:
        """Add a model call's tokens and cost, here and all the way up."""
        with _sums:
            operation: OperationSums | None = self
            while operation is not None:
                operation.used = usage if operation.used is None else operation.used + usage
                if cost_units is None or operation.cost_units is None:
                    operation.cost_units = None
                else:
                    operation.cost_units += cost_units
                operation = operation.parent

    def count_upwards(self, *, llm_calls: int = 0, tool_calls: int = 0) -> None:
        """Count this call in everything above, and tell the nearest run that it ended."""
        told = False
        operation = self.parent
        while operation is not None:
            with _sums:
                operation.llm_calls += llm_calls
                operation.tool_calls += tool_calls
            told = told or operation.ended_below(self)
            operation = operation.parent

    def ended_below(self, call: "OperationSums") -> bool:
        """Take note of a call that ended below; True when no one above need know."""
        del call
        return False
