"""Conditions about the providers of models, from OpenTelemetry's metrics, and about their bills.

So agents that only speak OTLP are watched too. The provider's label gets the name of our log field.
"""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert

_CALLS = "gen_ai_client_operation_duration_seconds_count"
#: Values of `error_type` that say "you ask too often", in the words of the providers and their
#: clients: HTTP, OpenAI, Anthropic, Gemini, Bedrock.
RATE_LIMITED = "(?i)429|too_many_requests|resource_exhausted|.*rate_?limit.*|.*throttl.*"
#: Values of `error_type` by which the caller, not the provider, is at fault or has given up.
CALLERS_FAULT = (
    "(?i)4(0[0-79]|1[0-9]|2[0-8])|.*(invalid|bad)_?request.*|.*auth.*|.*permission.*|.*not_?found.*"
    "|.*context_length.*|.*content_(filter|policy).*|.*cancel.*|.*abandon.*|.*budget.*"
    "|generatorexit|keyboardinterrupt|typeerror|valueerror|keyerror|attributeerror"
)


def _by_provider(errors: str, window: str) -> str:
    calls = f"{_CALLS}{{{errors}}}" if errors else _CALLS
    return (
        f"sum by (service, provider) (label_replace(\nincrease({calls}[{window}]),\n"
        '"provider", "$1", "gen_ai_provider_name", "(.+)"))'
    )


@condition("ProviderDown", "provider", "limit", "fewest", "window")
def _provider_down(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    errors = f'error_type!="", error_type!~"{RATE_LIMITED}", error_type!~"{CALLERS_FAULT}"'
    failed = _by_provider(errors, window)
    return Condition(
        f"{failed}\n/\n({_by_provider('', window)} > 0) > {alert.settings['limit']}\n"
        f"and\n{failed} >= {alert.settings['fewest']}",
        ("provider",),
    )


@condition("ProviderRateLimited", "provider", "limit", "window")
def _provider_rate_limited(alert: Alert, scale: TimeScale) -> Condition:
    limited = _by_provider(f'error_type=~"{RATE_LIMITED}"', scale.window(alert.settings["window"]))
    return Condition(f"{limited} > {alert.settings['limit']}", ("provider",))


@condition("UnpricedModel", "model", "limit", "window")
def _unpriced_model(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    calls = f"sum by (service, model) (increase(agent_unpriced_calls_total[{window}]))"
    return Condition(f"{calls} > {alert.settings['limit']}", ("model",), failures=False)


@condition("UsageMissing", "model", "limit", "fewest", "window")
def _usage_missing(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    missing = f"sum by (service, model) (increase(agent_usage_missing_total[{window}]))"
    succeeded = f'ai_model_calls_total{{status="success"}}[{window}]'
    calls = f"sum by (service, model) (increase({succeeded}))"
    return Condition(
        f"{missing} / ({calls} > 0) > {alert.settings['limit']}\n"
        f"and\n{missing} >= {alert.settings['fewest']}",
        ("model",),
        failures=False,
    )
