"""survivors.toml: wrong rules that no case can notice, each with the reason why not."""

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("survivors.toml")


def known() -> dict[str, str]:
    """Return the reason by the key of the wrong rule (`Trial.key`).

    Raises:
        ValueError: a reason is missing.
    """
    entries = tomllib.loads(FILE.read_text("utf-8")).get("survivor", [])
    reasons = {entry["rule"]: entry.get("reason", "").strip() for entry in entries}
    without = [rule for rule, reason in reasons.items() if not reason]
    if without:
        raise ValueError(f"{FILE.name}: no reason for {', '.join(without)}")
    return reasons
