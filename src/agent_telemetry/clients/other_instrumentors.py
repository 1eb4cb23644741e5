"""Notices other GenAI instrumentors, whose spans and costs would stand beside ours."""

import logging
import sys

from agent_telemetry.guard import Guard

_log = logging.getLogger("agent_telemetry")

#: Where others put their wrappers: module, class and method of a client package.
_PLACES = (
    ("openai.resources.chat.completions.completions", "Completions", "create"),
    ("openai.resources.chat.completions", "Completions", "create"),
    ("anthropic.resources.messages.messages", "Messages", "create"),
    ("google.genai.models", "Models", "generate_content"),
)


def other_instrumentors() -> list[str]:
    """Return which client methods somebody else has wrapped, by the wrapper's module."""
    found = []
    for module, owner, method in _PLACES:
        holder = getattr(sys.modules.get(module), owner, None)
        wrapped = getattr(holder, method, None)
        wrapper = getattr(wrapped, "_self_wrapper", None)
        if wrapper is not None:
            found.append(getattr(wrapper, "__module__", None) or "unknown")
    return sorted(set(found))


def warn_of_others(guard: Guard) -> None:
    """Say once that another instrumentor is active; our own numbers count each call once."""
    others = other_instrumentors()
    if others and guard.first_time("other_instrumentors"):
        _log.warning(
            "another GenAI instrumentor is active (%s): its spans and costs come beside these; "
            "add up only one of the two",
            ", ".join(others),
            extra={"event": "other_instrumentor"},
        )
