"""The compliance check of the research agent: words that need a warning or must not be said."""

import re
from typing import Any

from pydantic import Field

from example_app.tools.tool import Arguments, Tool

_RULES = {
    "guarantee": re.compile(r"\b(guarantee[sd]?|risk[- ]free|cannot lose)\b", re.IGNORECASE),
    "advice": re.compile(r"\b(you should (buy|sell)|strong (buy|sell))\b", re.IGNORECASE),
    "insider": re.compile(r"\b(insider|not yet public|confidential)\b", re.IGNORECASE),
}


class Draft(Arguments):
    """What is to be said."""

    text: str = Field(description="The draft of the answer", max_length=20_000)


def compliance_check() -> Tool:
    """Return the check as a tool."""
    return Tool("compliance_check", "Check a draft answer against the rules.", Draft, check)


def check(draft: Draft) -> dict[str, Any]:
    """Return the verdict and the rules that a draft breaks."""
    broken = [name for name, pattern in _RULES.items() if pattern.search(draft.text)]
    if not broken:
        return {"verdict": "passed", "note": "This is information, not investment advice."}
    return {"verdict": "not passed", "broken_rules": ", ".join(broken)}
