"""No sum takes in what would spoil it for good: NaN and infinity."""

from math import isfinite


def checked(action: str, amount: float) -> float:
    """Return the amount if it may be written.

    A gauge may be set to anything: the next value replaces it. What is added up stays, and the
    OpenMetrics parser refuses a whole scrape for a NaN in one sum.

    Args:
        action: ``inc``, ``dec``, ``observe`` or ``set``.
        amount: what is written.

    Raises:
        ValueError: NaN or infinite, and it would be added up.
    """
    if action != "set" and not isfinite(amount):
        raise ValueError(f"{amount} cannot be added up")
    return amount
