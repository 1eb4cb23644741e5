"""What a span's attribute may hold; anything else becomes text."""

from collections.abc import Sequence

_SIMPLE = (str, bool, int, float)
_MOST_CHARACTERS = 4096
_MOST_ITEMS = 128
_LARGEST = 2**63

AttributeValue = str | bool | int | float | Sequence[str]


def attribute_value(value: object) -> AttributeValue:
    """Return a value that OpenTelemetry and OTLP can carry.

    Args:
        value: anything. Whole numbers over 64 bits, mappings and objects become text; a sequence
            becomes a list of texts. What becomes text is cut at 4096 characters; text itself only
            with its span, after its secrets are found.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_LARGEST <= value < _LARGEST else str(value)
    if isinstance(value, _SIMPLE):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(each) for each in list(value)[:_MOST_ITEMS]]
    return _text(value)


def _text(value: object) -> str:
    try:
        return str(value)[:_MOST_CHARACTERS]
    except Exception:  # noqa: BLE001 -- a broken __str__ is no reason to break its host
        return f"<{type(value).__name__}>"
