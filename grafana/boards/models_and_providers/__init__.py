"""Models and providers: does a model or its provider make users wait, fail, or pay?"""

from grafana import variables
from grafana.alert_limits import GOOD_ERROR_RATIO, THRESHOLDS, limit, percent
from grafana.board import Board, Row
from grafana.boards.models_and_providers import bills, calls, failures, streams
from grafana.boards.models_and_providers.calls import NO_CALLS
from grafana.links import label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import NEUTRAL, Query, Words, graph, number, rising
from prometheus.thresholds import load

ID = PANEL_IDS["models-and-providers"]
_DOWN = limit("ProviderDown/provider")
_REFUSED = limit("ProviderRateLimited/provider")
_SLOW_CHAT = limit("SlowResponse/chat")
_BOUND = next(one.bound for one in load(THRESHOLDS).objectives if one.name == "first_token")
_ONE_MODEL = to_dashboard(
    "Only this model", "models-and-providers", model=label("gen_ai_request_model")
)


def board() -> Board:
    """Return the dashboard."""
    chat = 'gen_ai_client_operation_duration_seconds_count{service=~"$service"}'
    return Board(
        title="Models and providers",
        question="Does a model, or its provider, make users wait, fail, or pay too much?",
        rows=(_verdict(), _calls(), failures.row(), streams.row(), *bills.rows()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.service("gen_ai_client_operation_duration_seconds_count"),
            variables.label_choice(
                "provider",
                "Provider",
                chat,
                "gen_ai_provider_name",
                "Who runs the model, such as openai or anthropic.",
            ),
            variables.label_choice(
                "model",
                "Model",
                chat,
                "gen_ai_request_model",
                "The model that was asked for; the answer may name a version of it.",
            ),
        ),
    )


def _verdict() -> Row:
    return Row(
        "Do the models answer?",
        (
            number(
                ID["calls_now"],
                Words(
                    "Model calls",
                    "A second over 5 m, retries counted. Good: what is usual at this hour.",
                    NO_CALLS,
                ),
                Query(calls.rate(window="5m")),
                "suffix:/s",
                steps=NEUTRAL,
            ),
            number(
                ID["failed_now"],
                Words(
                    "Failed calls",
                    "Share of the calls of 5 m that failed, retries counted: users see less. Good: "
                    f"below {percent(GOOD_ERROR_RATIO)}; ProviderDown pages above "
                    f"{percent(_DOWN)} of one provider.",
                    NO_CALLS,
                ),
                Query(calls.failed(window="5m")),
                "percentunit",
                steps=rising(_DOWN, doubtful=GOOD_ERROR_RATIO),
            ),
            number(
                ID["p95_now"],
                Words(
                    "P95 of a call",
                    "Time to the last token, over 5 m. Good: well below "
                    f"{_SLOW_CHAT:g} s, from which on whole chats are slow.",
                    NO_CALLS,
                ),
                Query(calls.duration(0.95, window="5m")),
                "s",
                steps=rising(_SLOW_CHAT, doubtful=_SLOW_CHAT / 2),
            ),
            number(
                ID["first_token_now"],
                Words(
                    "P95 first token",
                    f"Time to the first piece of a streamed answer, over 5 m. Good: below "
                    f"{_BOUND:g} s, which is what is promised.",
                    "no streamed answers",
                ),
                Query(calls.first_token(0.95, window="5m")),
                "s",
                steps=rising(_BOUND, doubtful=_BOUND / 2),
                links=(to_dashboard("What is promised", "slo-and-error-budget"),),
            ),
            number(
                ID["rate_limited_now"],
                Words(
                    "429s",
                    "Calls of the last 5 m that a provider refused as too many. Good: 0; "
                    f"ProviderRateLimited warns above {_REFUSED:g}.",
                    NO_CALLS,
                ),
                Query(f"sum({calls.rate_limited('service')})"),
                "short",
                steps=rising(_REFUSED, doubtful=1),
            ),
            number(
                ID["cost_per_call_now"],
                Words(
                    "Cost of a call",
                    "USD of one answered call, mean of the last hour (1 h). Good: what it was last "
                    "week: a rise is a dearer model, or longer prompts.",
                    "no priced calls",
                ),
                Query(calls.cost_per_call(window="1h")),
                "currencyUSD",
                links=(to_dashboard("Where the money goes", "cost"),),
            ).decimals(5),
            number(
                ID["cache_share_now"],
                Words(
                    "Input from cache",
                    "Share of the input tokens of 1 h that the provider had in its cache, which is "
                    "cheaper. Good: high where prompts begin alike.",
                    "no input tokens",
                ),
                Query(calls.cache_share(window="1h")),
                "percentunit",
            ),
            number(
                ID["unbilled_now"],
                Words(
                    "Calls without a cost",
                    "Calls of the last 15 m whose model has no price, or whose answer told no "
                    "usage: they are in no bill. Good: 0.",
                    "nothing counts costs",
                ),
                Query(bills.UNBILLED),
                "short",
                steps=rising(limit("UnpricedModel/model")),
            ),
        ),
    )


def _calls() -> Row:
    return Row(
        "Rate, errors, duration",
        (
            graph(
                ID["calls"],
                Words("Calls by model", "A second. Good: what is usual at this hour.", NO_CALLS),
                (Query(calls.rate(calls.MODEL), "{{gen_ai_request_model}}"),),
                "suffix:/s",
                stacked=True,
                links=(_ONE_MODEL,),
            ).span(8),
            graph(
                ID["failed"],
                Words(
                    "Share of failed calls by provider",
                    "Over 5 m, for any reason. ProviderDown pages above the line when it is the "
                    "provider's fault. Good: 0.",
                    NO_CALLS,
                ),
                (Query(calls.failed(calls.PROVIDER, window="5m"), "{{gen_ai_provider_name}}"),),
                "percentunit",
                limit=_DOWN,
            ).span(8),
            graph(
                ID["latency"],
                Words(
                    "Time of a call",
                    "P95 and P50 to the last token. Each dot is a call: click it for its trace. "
                    "Good: what is usual for the model; both rising is the provider, only P95 is "
                    "some prompts.",
                    NO_CALLS,
                ),
                (
                    Query(
                        calls.duration(0.95, calls.MODEL),
                        "P95 {{gen_ai_request_model}}",
                        exemplars=True,
                    ),
                    Query(
                        calls.duration(0.5, calls.MODEL),
                        "P50 {{gen_ai_request_model}}",
                        exemplars=True,
                    ),
                ),
                "s",
                links=(_ONE_MODEL,),
            ).span(8),
        ),
    )
