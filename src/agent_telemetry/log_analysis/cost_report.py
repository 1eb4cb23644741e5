"""Model calls of the log files: how many, their tokens and what they cost, by model and tenant."""

from dataclasses import dataclass
from typing import Any

from agent_telemetry.log_analysis.error_report import Counted
from agent_telemetry.log_analysis.record_columns import (
    COST,
    COST_COLUMNS,
    IS_MODEL_CALL,
    TOKENS_INPUT,
    TOKENS_OUTPUT,
    moment,
)
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.scan import Scan

_DIGITS = 9


@dataclass
class Spent:
    """Model calls together.

    Attributes:
        calls: model calls.
        unpriced: those of them without a cost: a model without a price, or a failed call.
        tokens_input: tokens sent.
        tokens_output: tokens received.
        cost: US dollars.
    """

    calls: int = 0
    unpriced: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    cost: float = 0.0

    def add(self, other: "Spent") -> None:
        """Add the calls of another."""
        self.calls += other.calls
        self.unpriced += other.unpriced
        self.tokens_input += other.tokens_input
        self.tokens_output += other.tokens_output
        self.cost += other.cost

    def told(self) -> dict[str, Any]:
        """Return it as fields of a report; calls without a price cost an unknown sum, not 0."""
        known = self.unpriced < self.calls or not self.calls
        return {
            "calls": self.calls,
            "unpriced_calls": self.unpriced,
            "tokens_input": self.tokens_input,
            "tokens_output": self.tokens_output,
            "cost_usd": round(self.cost, _DIGITS) if known else None,
        }


def costs(scan: Scan, wanted: RecordFilter) -> dict[str, Any]:
    """Return the model calls that are asked for, in one pass and in bounded memory."""
    condition, values = wanted.condition()

    # CASE, because the engine works out only there what is asked for and nothing for other lines.
    def query(source: str) -> str:
        return f"""
            SELECT model, tenant, count(*), count(*) FILTER (WHERE moment IS NULL), count(cost),
                sum(cost), sum(tokens_input), sum(tokens_output)
            FROM (
                SELECT moment,
                    CASE WHEN asked THEN left(coalesce(model, 'unknown'), 200) END AS model,
                    CASE WHEN asked THEN left(coalesce(tenant_id, 'unknown'), 200) END AS tenant,
                    CASE WHEN asked THEN {COST} END AS cost,
                    CASE WHEN asked THEN {TOKENS_INPUT} END AS tokens_input,
                    CASE WHEN asked THEN {TOKENS_OUTPUT} END AS tokens_output
                FROM (
                    SELECT *, CASE WHEN {condition} THEN {IS_MODEL_CALL} ELSE false END AS asked
                    FROM (SELECT *, {moment()} AS moment FROM {source})
                )
            )
            GROUP BY ALL"""  # noqa: S608 -- all of it is written here; values are parameters

    rows, files = scan.rows(COST_COLUMNS, query, values)
    models, tenants, whole = dict[str, Spent](), dict[str, Spent](), Spent()
    lines = broken = 0
    for model, tenant, count, without_time, priced, cost, tokens_in, tokens_out in rows:
        lines += count
        broken += without_time
        if model is not None:
            part = Spent(count, count - priced, tokens_in or 0, tokens_out or 0, cost or 0.0)
            models.setdefault(model, Spent()).add(part)
            tenants.setdefault(tenant, Spent()).add(part)
            whole.add(part)
    told = whole.told()
    return {
        "total_calls": told.pop("calls"),
        "total_cost_usd": told.pop("cost_usd"),
        **told,
        "models": _by_cost(models),
        "tenants": _by_cost(tenants),
        **Counted(lines, broken, files).told(),
    }


def _by_cost(found: dict[str, Spent]) -> dict[str, Any]:
    return {
        name: each.told()
        for name, each in sorted(found.items(), key=lambda each: (-each[1].cost, each[0]))
    }
