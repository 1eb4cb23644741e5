"""How streamed answers feel: when they begin, how fast they come, how they end."""

from grafana import promql
from grafana.alert_limits import THRESHOLDS
from grafana.board import Row
from grafana.boards.models_and_providers import calls
from grafana.boards.models_and_providers.calls import CALLS, CHUNK, OF_PROVIDER
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph
from prometheus.thresholds import load

ID = PANEL_IDS["models-and-providers"]
_BOUND = next(one.bound for one in load(THRESHOLDS).objectives if one.name == "first_token")
_NO_STREAMS = "no streamed answers"
_OUTCOMES = {"completed": "green", "aborted": "yellow", "abandoned": "orange", "error": "red"}


def row() -> Row:
    """Return the graphs about streams."""
    streamed = promql.quantile(
        0.5,
        "agent_output_tokens_per_second",
        OF_PROVIDER,
        "model",
        window="$__rate_interval",
    )
    outcomes = promql.per_second(
        "agent_stream_outcome_total",
        'service=~"$service", provider=~"$provider"',
        "outcome",
        window="$__rate_interval",
    )
    return Row(
        "How do answers come?",
        (
            graph(
                ID["first_token"],
                Words(
                    "Time to first token",
                    "P95 and P50 of streamed answers. Each dot is a call: click it for its trace. "
                    "Good: below the line, which is what is promised.",
                    _NO_STREAMS,
                ),
                (
                    Query(
                        calls.first_token(0.95, calls.MODEL),
                        "P95 {{gen_ai_request_model}}",
                        exemplars=True,
                    ),
                    Query(
                        calls.first_token(0.5, calls.MODEL),
                        "P50 {{gen_ai_request_model}}",
                        exemplars=True,
                    ),
                ),
                "s",
                limit=_BOUND,
            ),
            graph(
                ID["output_speed"],
                Words(
                    "Output speed",
                    "Tokens a second: of streamed answers after their first piece (P50), and of "
                    "whole calls with all their waiting (mean). Good: what is usual for the model.",
                    "no answers",
                ),
                (
                    Query(streamed, "streamed {{model}}"),
                    Query(calls.output_per_second(calls.MODEL), "whole {{gen_ai_request_model}}"),
                ),
                "none",
            ),
            graph(
                ID["chunk_time"],
                Words(
                    "Time between pieces",
                    "P95 from one piece of a streamed answer to the next. Good: below 0.2 s; more "
                    "is read as stuttering.",
                    _NO_STREAMS,
                ),
                (
                    Query(
                        promql.quantile(0.95, CHUNK, CALLS, calls.MODEL, window="$__rate_interval"),
                        "{{gen_ai_request_model}}",
                        exemplars=True,
                    ),
                ),
                "s",
            ),
            graph(
                ID["stream_outcomes"],
                Words(
                    "How streams end",
                    "A second. completed: to their end; aborted: broken off by the caller; "
                    "abandoned: nobody read on; error: broken off by the provider. Good: all "
                    "completed.",
                    _NO_STREAMS,
                ),
                (Query(outcomes, "{{outcome}}"),),
                "suffix:/s",
                stacked=True,
                colors=_OUTCOMES,
            ),
        ),
    )
