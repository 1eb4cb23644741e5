"""PromQL about runs of agents and their tool calls, by OpenTelemetry's names where there are."""

from grafana import promql

OF_AGENT = 'service=~"$service", gen_ai_agent_name=~"$template"'
OF_TOOL = 'service=~"$service", gen_ai_tool_name=~"$tool"'
AGENT = "gen_ai_agent_name"
TOOL = "gen_ai_tool_name"
RUN = "gen_ai_invoke_agent_duration_seconds"
TOOL_CALL = "gen_ai_execute_tool_duration_seconds"
_FAILED = 'error_type!=""'
NO_RUNS = "no runs"
NO_TOOLS = "no tool calls"


def runs(*by: str, failed: bool = False, window: str = "$__rate_interval") -> str:
    """Return runs a second, all or the failed ones."""
    selector = f"{OF_AGENT}, {_FAILED}" if failed else OF_AGENT
    return promql.per_second(f"{RUN}_count", selector, *by, window=window)


def runs_failed(*by: str, window: str = "$__rate_interval") -> str:
    """Return the share of the runs that failed."""
    return promql.ratio(runs(*by, failed=True, window=window), runs(*by, window=window))


def tool_calls(*by: str, failed: bool = False, window: str = "$__rate_interval") -> str:
    """Return tool calls a second, all or the failed ones."""
    selector = f"{OF_TOOL}, {_FAILED}" if failed else OF_TOOL
    return promql.per_second(f"{TOOL_CALL}_count", selector, *by, window=window)


def tools_failed(*by: str, window: str = "$__rate_interval") -> str:
    """Return the share of the tool calls that failed."""
    return promql.ratio(tool_calls(*by, failed=True, window=window), tool_calls(*by, window=window))


def of_run(what: str, share: float) -> str:
    """Return a quantile of how many calls a run makes; `what` is ``inference`` or ``tool``."""
    metric = f"gen_ai_invoke_agent_{what}_calls"
    return promql.quantile(share, metric, OF_AGENT, AGENT, window="$__rate_interval")


def mean_of_run(what: str) -> str:
    """Return the mean of how many calls a run makes."""
    metric = f"gen_ai_invoke_agent_{what}_calls"
    return promql.mean(metric, OF_AGENT, AGENT, window="$__rate_interval")
