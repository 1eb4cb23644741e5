"""Percentiles of a handful of numbers, by nearest rank."""

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: the least value that ``percent`` % do not exceed.

    It is always one of the values, so that one trace has itself as P50, P95 and P99.

    Args:
        ordered: values in ascending order, at least one.
        percent: over 0, up to 100.

    Raises:
        ValueError: there is no value.
    """
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    rank = math.ceil(percent / 100 * len(ordered))
    return ordered[min(max(rank, 1), len(ordered)) - 1]
