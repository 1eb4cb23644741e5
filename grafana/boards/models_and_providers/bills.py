"""What the calls cost, and which of them are in no bill."""

from grafana import promql
from grafana.alert_limits import limit, percent
from grafana.board import Row
from grafana.boards.models_and_providers import calls
from grafana.boards.models_and_providers.calls import CALLS, MODEL, NO_CALLS, OF_MODEL, TOKENS
from grafana.links import cell, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, number, rising, table

ID = PANEL_IDS["models-and-providers"]
_INCREASE = "sum by (model) (increase({metric}{{{selector}}}[15m]))"
_UNPRICED = _INCREASE.format(metric="agent_unpriced_calls_total", selector=OF_MODEL)
_MISSING = _INCREASE.format(metric="agent_usage_missing_total", selector=OF_MODEL)
_ANSWERED = _INCREASE.format(
    metric="ai_model_calls_total", selector=f'{OF_MODEL}, status="success"'
)
#: Calls of 15 minutes without a price, or without usage.
UNBILLED = f"sum({_UNPRICED}) + sum({_MISSING})"
_DAYS_OLD = 86400.0


def rows() -> tuple[Row, Row]:
    """Return the row about tokens and money, and the one about what is not counted."""
    return _tokens(), _unbilled()


def _tokens() -> Row:
    of_call = promql.mean(f"{TOKENS}", CALLS, MODEL, "gen_ai_token_type", window="$__rate_interval")
    of_hour = f"service_model:ai_tokens_used:rate1h{{{OF_MODEL}}}"
    return Row(
        "What do they use and cost?",
        (
            graph(
                ID["tokens"],
                Words(
                    "Tokens by model and kind",
                    "A second. Good: output a small part of input; it is several times as dear.",
                    NO_CALLS,
                ),
                (
                    Query(
                        calls.tokens(MODEL, "gen_ai_token_type"),
                        "{{gen_ai_request_model}} {{gen_ai_token_type}}",
                    ),
                ),
                "suffix:/s",
                stacked=True,
            ).span(8),
            graph(
                ID["token_rate"],
                Words(
                    "Tokens a second over 1 h",
                    "By model, input and output. HighTokenUsage tells above the line. Good: what "
                    "is usual.",
                    NO_CALLS,
                ),
                (Query(of_hour, "{{service}} {{model}}"),),
                "suffix:/s",
                limit=limit("HighTokenUsage/model"),
            ).span(8),
            graph(
                ID["tokens_of_call"],
                Words(
                    "Tokens of a call",
                    "Mean of one call. Good: steady; input that grows is a history or prompt that "
                    "is never cut.",
                    NO_CALLS,
                ),
                (Query(of_call, "{{gen_ai_request_model}} {{gen_ai_token_type}}"),),
                "short",
            ).span(8),
            graph(
                ID["cost_per_call"],
                Words(
                    "Cost of a call by model",
                    "USD of one answered call, mean. Good: steady.",
                    "no priced calls",
                ),
                (Query(calls.cost_per_call("model", window="$__rate_interval"), "{{model}}"),),
                "currencyUSD",
            ).decimals(5),
            graph(
                ID["cache_share"],
                Words(
                    "Input from cache by model",
                    "Share of the input tokens that the provider had in its cache. Good: steady; "
                    "a fall means that prompts begin differently since then, and cost more.",
                    "no input tokens",
                ),
                (
                    Query(
                        calls.cache_share("provider", "model", window="$__rate_interval"),
                        "{{provider}} {{model}}",
                    ),
                ),
                "percentunit",
            ),
        ),
    )


def _unbilled() -> Row:
    only = to_dashboard("Only this model", "models-and-providers", model=cell(MODEL))
    by = (calls.PROVIDER, MODEL)
    return Row(
        "Model by model, and what is in no bill",
        (
            table(
                ID["models"],
                Words(
                    "Models",
                    "Calls a second, share that fails, P95 of a call and of its first token, and "
                    "output speed, over 5 m. Good: none stands out.",
                    NO_CALLS,
                ),
                (
                    Query(calls.rate(*by, window="5m")),
                    Query(calls.failed(*by, window="5m")),
                    Query(calls.duration(0.95, *by, window="5m")),
                    Query(calls.first_token(0.95, *by, window="5m")),
                ),
                (
                    Column("gen_ai_provider_name", "Provider"),
                    Column(MODEL, "Model", links=(only,)),
                    Column("Value #A", "Calls", "suffix:/s"),
                    Column(
                        "Value #B", "Failed", "percentunit", rising(limit("ProviderDown/provider"))
                    ),
                    Column("Value #C", "P95", "s"),
                    Column("Value #D", "P95 first token", "s"),
                ),
                largest_first="Value #A",
            ),
            graph(
                ID["unpriced"],
                Words(
                    "Calls without a price in 15 m",
                    "Their model is not in the price table, so they are in no cost and no budget. "
                    "UnpricedModel warns above the line. Good: 0.",
                    "nothing counts costs",
                ),
                (Query(_UNPRICED, "{{model}}"),),
                "short",
                limit=limit("UnpricedModel/model"),
            ).span(9),
            graph(
                ID["usage_missing"],
                Words(
                    "Answers without usage in 15 m",
                    "Share of the answered calls whose provider told no tokens: their cost is "
                    f"unknown. UsageMissing warns above {percent(limit('UsageMissing/model'))}. "
                    "Good: 0.",
                    "nothing counts usage",
                ),
                (Query(promql.ratio(_MISSING, _ANSWERED), "{{model}}"),),
                "percentunit",
                limit=limit("UsageMissing/model"),
            ).span(9),
            number(
                ID["price_age"],
                Words(
                    "Age of the price table",
                    "Time since the prices were last compared with the providers' pages. Good: "
                    "below three months.",
                    "no price table",
                ),
                Query(f"max(telemetry_price_table_age_seconds{{{promql.SERVICE}}})"),
                "s",
                steps=rising(180 * _DAYS_OLD, doubtful=90 * _DAYS_OLD),
            )
            .span(6)
            .height(9),
        ),
        collapsed=True,
    )
