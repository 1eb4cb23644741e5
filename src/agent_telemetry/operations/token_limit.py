"""A warning before a run has used up its tokens."""

import logging

_log = logging.getLogger("agent_telemetry")
#: Share of the limit above which the warning is due.
SHARE = 0.8


class TokenLimit:
    """Warns once, when more than 80 % of a limit are used.

    Args:
        limit: tokens, prompt and answer together; 0 is no limit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def used(self, tokens: int) -> None:
        """Take note of all tokens that a run has used so far."""
        if not self._limit or tokens <= SHARE * self._limit:
            return
        limit, self._limit = self._limit, 0
        _log.warning(
            "Token usage approaching limit",
            extra={"event": "token_limit_near", "used": tokens, "limit": limit},
        )
