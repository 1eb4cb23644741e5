"""Answers that may be given again: the same question of the same tenant to the same agent."""

import threading

from cachetools import TTLCache

from example_app.chat_answer import KeptAnswer

_MOST_ANSWERS = 5_000


class AnswerCache:
    """A bounded cache of first answers.

    Args:
        ttl_seconds: how long an answer may be given again.
    """

    def __init__(self, ttl_seconds: float) -> None:
        self._answers: TTLCache[tuple[str, str, str], KeptAnswer] = TTLCache(
            _MOST_ANSWERS, ttl_seconds
        )
        self._lock = threading.Lock()

    def get(self, tenant_id: str, template_id: str, message: str) -> KeptAnswer | None:
        """Return what was answered before."""
        with self._lock:
            return self._answers.get(_key(tenant_id, template_id, message))

    def put(self, tenant_id: str, template_id: str, message: str, answer: KeptAnswer) -> None:
        """Keep an answer."""
        with self._lock:
            self._answers[_key(tenant_id, template_id, message)] = answer

    def clear(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._answers.clear()


def _key(tenant_id: str, template_id: str, message: str) -> tuple[str, str, str]:
    return tenant_id, template_id, " ".join(message.casefold().split())
