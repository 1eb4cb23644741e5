"""Bounds on label values, kept when a child is written: past them a value becomes ``other``."""

import threading
from collections.abc import Mapping

OTHER = "other"

#: Most distinct values of a label, over all families together.
LABEL_CAPS: Mapping[str, int] = {
    "tenant_id": 100,
    "agent_id": 50,
    "gen_ai_agent_name": 50,
    "tool_name": 100,
    "gen_ai_tool_name": 100,
    "model": 50,
    "gen_ai_request_model": 50,
    "gen_ai_response_model": 50,
    "endpoint": 100,
}
DEFAULT_CAP = 100
#: Most children of one family.
FAMILY_CAP = 2000
_MOST_CHARACTERS = 128


def clean(value: object) -> str:
    """Return a label value that every scrape can encode: UTF-8, short, never None."""
    if value is None:
        return ""
    text = value if type(value) is str else str(value)
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


class LabelBounds:
    """Admits the first values of each label and answers ``other`` for the rest.

    Args:
        caps: most values by label; ``DEFAULT_CAP`` for labels not named.
    """

    def __init__(self, caps: Mapping[str, int] = LABEL_CAPS) -> None:
        self._caps = caps
        self._admitted: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def admit(self, label: str, value: str) -> str:
        """Return the value, or ``other`` when the label is full."""
        with self._lock:
            known = self._admitted.setdefault(label, set())
            if value in known or value in {OTHER, ""}:
                return value
            if len(known) >= self._caps.get(label, DEFAULT_CAP):
                return OTHER
            known.add(value)
            return value
