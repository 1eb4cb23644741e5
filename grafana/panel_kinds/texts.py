"""Texts and colours that are shown instead of values, such as 0 → DOWN in red."""

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard as md

#: A value → the text and the colour shown instead of it.
Texts = Mapping[str, tuple[str, str]]


def value_map(texts: Texts) -> md.ValueMap:
    """Return texts in the SDK's form, in their order."""
    shown = {
        value: md.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    return md.ValueMap(options=shown)
