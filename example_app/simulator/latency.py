"""How long the model takes, in seconds, with the spread that real providers show."""

import random
from dataclasses import dataclass

from example_app.simulator.model_catalogue import Model

_SPREAD = 0.18
"""Standard deviation of the logarithm: nine calls of ten lie within 30 % of the usual time."""


@dataclass(frozen=True)
class Pace:
    """Time to the first token, and between the later ones."""

    first_token: float
    per_token: float

    def total(self, output_tokens: int) -> float:
        """Seconds until the last of `output_tokens` is out."""
        return self.first_token + self.per_token * output_tokens


class Latency:
    """Draws the pace of each call from one seeded sequence.

    Args:
        seed: Start of the sequence.
        scale: Factor on every duration; 0 means no waiting at all.
    """

    def __init__(self, *, seed: int, scale: float) -> None:
        self._draw = random.Random(seed)
        self._scale = scale

    def pace(self, model: Model, *, prompt_tokens: int, cached_tokens: int = 0) -> Pace:
        """The pace of one call. Cached prompt tokens cost no time, as with real providers."""
        factor = self._draw.lognormvariate(0.0, _SPREAD) * self._scale
        fresh = prompt_tokens - cached_tokens
        first = model.first_token + model.per_prompt_token * fresh
        return Pace(first * factor, model.per_output_token * factor)
