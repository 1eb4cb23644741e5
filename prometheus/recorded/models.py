"""Tokens of model calls."""

from prometheus.durations import TimeScale
from prometheus.recorded.record import HOUR, Record

TOKENS = "service_model:ai_tokens_used:rate1h"


def tokens(window: str) -> str:
    """Return the tokens a second, in and out, by model."""
    return f"sum by (service, model) (rate(ai_tokens_used_total[{window}]))"


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    return [Record(TOKENS, tokens(scale.window(HOUR)))]
