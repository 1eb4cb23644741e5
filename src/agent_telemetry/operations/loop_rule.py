"""When a run of an agent looks like a loop."""

import threading
from collections import Counter

import orjson

#: The same tool with the same arguments for this many times in one run.
REPEATS = 3
_MOST_FINGERPRINTS = 1000
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


class LoopRule:
    """Counts the calls of one run; each rule speaks once.

    Args:
        most_calls: calls of models and tools that a run may need.
    """

    def __init__(self, most_calls: int) -> None:
        self._most_calls = most_calls
        self._calls = 0
        self._same: Counter[int] = Counter()
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def called(self) -> str:
        """Count a call of a model or a tool; return ``many_calls`` when it is one too many."""
        with self._lock:
            self._calls += 1
            return self._say("many_calls") if self._calls > self._most_calls else ""

    def repeated(self, fingerprint: int) -> str:
        """Count a call of a tool; return ``repeated_call`` at the third with this fingerprint."""
        with self._lock:
            if fingerprint not in self._same and len(self._same) >= _MOST_FINGERPRINTS:
                return ""
            self._same[fingerprint] += 1
            return self._say("repeated_call") if self._same[fingerprint] >= REPEATS else ""

    def _say(self, rule: str) -> str:
        if rule in self._said:
            return ""
        self._said.add(rule)
        return rule


def fingerprint_of(tool: str, arguments: object) -> int:
    """Return a number that is the same for the same call; nothing of the arguments is kept.

    Args:
        tool: the tool's name.
        arguments: JSON as a text or what it stands for; order of keys and spaces do not matter.
    """
    if isinstance(arguments, str | bytes):
        try:
            arguments = orjson.loads(arguments)
        except ValueError:
            return hash((tool, arguments))
    try:
        return hash((tool, orjson.dumps(arguments, default=repr, option=_OPTIONS)))
    except (TypeError, ValueError, RecursionError):
        # Lone surrogates, numbers over 64 bits, things that contain themselves.
        return hash((tool, repr(arguments)))
