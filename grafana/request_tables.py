"""Tables of single requests and runs, read from their log lines; each row opens its trace."""

from grafana_foundation_sdk.builders import table as table_builder

from grafana import variables
from grafana.links import cell, to_lines_of_trace, to_trace
from grafana.panel_kinds import Column, LogQuery, Steps, Words, table

#: Lines that are read at most: the newest of those that are long, or dear, enough.
_LINES = 1000
_TRACE = to_trace(cell("trace_id"))
_LINES_OF_TRACE = to_lines_of_trace(cell("trace_id"))
_IDS = (
    Column("tenant_id", "Tenant", width=120),
    Column("template_id", "Template", width=120),
    Column("trace_id", "Trace", links=(_TRACE, _LINES_OF_TRACE)),
    Column("request_id", "Request", links=(_LINES_OF_TRACE,)),
)


def slower_than() -> variables.Variable:
    """Return the choice from which duration on a request is listed."""
    return variables.fixed_choice(
        "slower_than",
        "Slower than (s)",
        ("0.1", "0.25", "0.5", "1", "2", "5", "10"),
        "0.5",
        "Requests that took longer than this are candidates of the slow-request tables.",
    )


def slow_requests(
    panel_id: int, words: Words, narrowed: str, *, steps: Steps, longer_than: str = "$slower_than"
) -> table_builder.Panel:
    """Return the ten slowest requests.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        narrowed: LogQL filters such as ``| tenant_id=~"$tenant"``.
        steps: from how many seconds on which colour.
        longer_than: seconds from which on a request is read at all.
    """
    expr = (
        f'{{service_name=~"$service", stream="operation"}} | event="request_end" {narrowed} '
        f"| duration_seconds > {longer_than}"
    )
    columns = (
        Column("Time", "Time", "dateTimeAsLocal", width=180),
        Column("duration_seconds", "Duration", "s", steps, (_TRACE,), width=110),
        Column("status", "Outcome", width=110),
        Column("endpoint", "Endpoint", width=120),
        *_IDS,
    )
    query = LogQuery(expr, max_lines=_LINES)
    return table(panel_id, words, (query,), columns, largest_first="duration_seconds", rows=10)


def expensive_runs(panel_id: int, words: Words, narrowed: str) -> table_builder.Panel:
    """Return the ten dearest runs of agents.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        narrowed: LogQL filters such as ``| tenant_id=~"$tenant"``.
    """
    expr = (
        f'{{service_name=~"$service", stream="operation"}} | event="agent_end" {narrowed} '
        "| extra_run_cost_usd > 0"
    )
    columns = (
        Column("Time", "Time", "dateTimeAsLocal", width=180),
        Column("extra_run_cost_usd", "Cost", "currencyUSD", links=(_TRACE,), width=110),
        Column("extra_run_tokens_input", "Tokens in", "short", width=100),
        Column("extra_run_tokens_output", "Tokens out", "short", width=100),
        Column("extra_llm_calls", "Model calls", "none", width=100),
        Column("duration_seconds", "Duration", "s", width=100),
        Column("status", "Outcome", width=100),
        *_IDS,
    )
    query = LogQuery(expr, max_lines=_LINES)
    return table(panel_id, words, (query,), columns, largest_first="extra_run_cost_usd", rows=10)
