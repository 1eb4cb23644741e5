"""Why calls fail, and what is done about it."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.models_and_providers import calls
from grafana.boards.models_and_providers.calls import NO_CALLS, OF_MODEL
from grafana.links import label, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["models-and-providers"]


def _over_time(metric: str, *by: str) -> str:
    return promql.per_second(metric, OF_MODEL, *by, window="$__rate_interval")


def row() -> Row:
    """Return errors, refusals, retries and fallbacks."""
    lines = to_log_lines(
        "Log lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    failing = calls.rate(calls.PROVIDER, "error_type", errors='error_type!=""')
    return Row(
        "Why do calls fail, and what is done about it?",
        (
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by provider and type",
                    "A second. server_error and timeout are the provider's, rate_limit_exceeded is "
                    "our quota, invalid_request and authentication are ours. Good: empty.",
                    "no errors",
                ),
                (Query(failing, "{{gen_ai_provider_name}} {{error_type}}"),),
                "suffix:/s",
                stacked=True,
                links=(lines,),
            ),
            graph(
                ID["rate_limited"],
                Words(
                    "429s in 5 m",
                    "Calls that a provider refused as too many. ProviderRateLimited warns above "
                    "the line. Good: 0.",
                    NO_CALLS,
                ),
                (Query(calls.rate_limited(calls.PROVIDER), "{{gen_ai_provider_name}}"),),
                "short",
                limit=limit("ProviderRateLimited/provider"),
            ),
            graph(
                ID["retries"],
                Words(
                    "Retries by reason",
                    "A second: calls made again after a failure. Good: few; as many as calls means "
                    "that each is made twice, and paid where it was answered late.",
                    "no retries",
                ),
                (
                    Query(
                        _over_time("agent_model_retries_total", "model", "reason"),
                        "{{model}} {{reason}}",
                    ),
                ),
                "suffix:/s",
                stacked=True,
            ).span(8),
            graph(
                ID["fallbacks"],
                Words(
                    "Fallbacks by reason",
                    "A second: calls that went to another model. Good: empty; users get the second "
                    "choice while it is not.",
                    "no fallbacks",
                ),
                (
                    Query(
                        _over_time("agent_model_fallbacks_total", "model", "reason"),
                        "{{model}} {{reason}}",
                    ),
                ),
                "suffix:/s",
                stacked=True,
            ).span(8),
            graph(
                ID["waiting"],
                Words(
                    "Waiting for a quota",
                    "Seconds waited in each second because a provider limited the rate: 1 is one "
                    "call that always waits. Good: 0.",
                    "nobody waited",
                ),
                (Query(_over_time("agent_rate_limit_wait_seconds_total", "model"), "{{model}}"),),
                "none",
            ).span(8),
        ),
    )
