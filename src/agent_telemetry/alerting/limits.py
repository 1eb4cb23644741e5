"""The limits of the ready-made rules, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AlertLimits:
    """What is still good. The defaults are those of the guides and of the alerts in Prometheus.

    Attributes:
        window_seconds: what counts of requests, tools, chats and caches look back over.
        cost_window_seconds: what ``cost_usd`` and ``tokens_per_second`` look back over.
        for_scale: factor on how long each condition must hold; 0 fires at once.
        cooldown_seconds: least time between two notifications that the same alert fires.
        error_ratio: share of requests that fail, above which ``HighErrorRate`` fires.
        least_requests: fewest requests in the window that say anything about errors or times.
        request_seconds: 95th percentile of a request's time.
        chat_seconds: 95th percentile of a chat's time.
        tool_failures: failed calls of one tool in the window.
        cache_hit_ratio: share of look-ups that must hit.
        least_look_ups: fewest look-ups in the window that say anything about a cache.
        pool_share: live agents as a share of the most.
        active_connections: requests in flight.
        memory_bytes: resident memory.
        tokens_per_second: tokens of one model.
        cost_usd: money within ``cost_window_seconds``.
        cost_today_usd: money since midnight UTC.
    """

    window_seconds: float = 300.0
    cost_window_seconds: float = 3600.0
    for_scale: float = 1.0
    cooldown_seconds: float = 300.0
    error_ratio: float = 0.10
    least_requests: int = 10
    request_seconds: float = 2.0
    chat_seconds: float = 10.0
    tool_failures: int = 10
    cache_hit_ratio: float = 0.6
    least_look_ups: int = 20
    pool_share: float = 0.9
    active_connections: int = 1000
    memory_bytes: float = 1e9
    tokens_per_second: float = 1000.0
    cost_usd: float = 10.0
    cost_today_usd: float = 50.0
