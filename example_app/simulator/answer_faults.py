"""What faults make of an answer: broken arguments, a burst of text."""

_KEPT = 0.6
"""Part of the arguments that is left when they are cut off."""


def broken_arguments(arguments: str, *, trailing_comma: bool) -> str:
    """JSON arguments that no strict parser takes: with a comma too many, or cut off."""
    inside = arguments.removesuffix("}")
    if trailing_comma:
        return f"{inside},}}"
    # A closing bracket inside a value is no end of the whole: what is kept is always too short.
    return arguments[: max(1, min(int(len(arguments) * _KEPT), len(inside)))]


def burst_text(text: str, characters: int) -> str:
    """The text said again and again, up to so many characters."""
    said = f"{text.strip() or '…'}\n"
    return (said * (characters // len(said) + 1))[:characters]
