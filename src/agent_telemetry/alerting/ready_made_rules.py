"""The rules that come with the library, by the names of the alerts in Prometheus."""

from collections.abc import Iterator
from dataclasses import replace

from agent_telemetry.alerting.limits import AlertLimits
from agent_telemetry.alerting.rule import AlertRule, Breach, Found
from agent_telemetry.alerting.snapshot import Numbers, Snapshot

_MINUTE = 60.0


def error_rate_rule(limits: AlertLimits | None = None) -> AlertRule:
    """Return ``HighErrorRate``, the rule that every stack has."""
    known = limits if limits is not None else AlertLimits()

    def condition(now: Snapshot) -> Found:
        ratio = now.error_ratio
        enough = now.requests >= known.least_requests
        return Breach(ratio) if enough and ratio is not None and ratio > known.error_ratio else None

    def message(now: Snapshot) -> str:
        return (
            f"{now.failed_requests:.0f} of {now.requests:.0f} requests "
            f"({100 * (now.error_ratio or 0):.1f} %) failed within {now.window_seconds:.0f} s; "
            f"the limit is {100 * known.error_ratio:g} %"
        )

    return AlertRule(
        "HighErrorRate",
        "critical",
        condition,
        message,
        scope="request",
        for_seconds=_MINUTE * known.for_scale,
        cooldown_seconds=known.cooldown_seconds,
    )


def ready_made_rules(limits: AlertLimits | None = None) -> list[AlertRule]:
    """Return all rules that come with the library.

    Args:
        limits: what is still good.
    """
    known = limits if limits is not None else AlertLimits()
    rules = [error_rate_rule(known), *_times(known), *_agents(known), *_money(known), *_telemetry()]
    return [replace(rule, cooldown_seconds=known.cooldown_seconds) for rule in rules]


def _times(limits: AlertLimits) -> Iterator[AlertRule]:
    def slow_requests(now: Snapshot) -> Found:
        seconds = now.request_p95_seconds
        enough = now.requests >= limits.least_requests
        return Breach(seconds) if enough and _above(seconds, limits.request_seconds) else None

    yield AlertRule(
        "SlowRequests",
        "warning",
        slow_requests,
        lambda now: (
            f"95 % of the requests take up to {now.request_p95_seconds:.2f} s; "
            f"the limit is {limits.request_seconds:g} s"
        ),
        scope="request",
        for_seconds=10 * _MINUTE * limits.for_scale,
    )

    def slow_chats(now: Snapshot) -> Iterator[Breach]:
        for template, seconds in _all_above(now.chat_p95_seconds, limits.chat_seconds):
            text = f"95 % of the chats of {template} take up to {seconds:.1f} s; "
            text += f"the limit is {limits.chat_seconds:g} s"
            yield Breach(seconds, {"template_id": template}, text)

    yield AlertRule(
        "SlowResponse",
        "warning",
        slow_chats,
        _by_breach,
        scope="chat",
        for_seconds=5 * _MINUTE * limits.for_scale,
    )
    yield AlertRule(
        "HighActiveConnections",
        "warning",
        lambda now: _above(now.active_connections, limits.active_connections),
        lambda now: (
            f"{now.active_connections:.0f} requests are in flight; "
            f"the limit is {limits.active_connections}"
        ),
        value=lambda now: now.active_connections,
        scope="request",
        for_seconds=5 * _MINUTE * limits.for_scale,
    )


def _agents(limits: AlertLimits) -> Iterator[AlertRule]:
    def failing_tools(now: Snapshot) -> Iterator[Breach]:
        for tool, count in _all_above(now.tool_failures, limits.tool_failures):
            text = f"{count:.0f} calls of {tool} failed within {now.window_seconds:.0f} s; "
            text += f"the limit is {limits.tool_failures}"
            yield Breach(count, {"tool_name": tool}, text)

    yield AlertRule("APICallFailures", "warning", failing_tools, _by_breach, scope="tool")
    yield AlertRule(
        "PoolNearCapacity",
        "warning",
        lambda now: _above(now.pool_share, limits.pool_share),
        lambda now: (
            f"{now.pool_size:.0f} of at most {now.pool_max_size:.0f} agents are live; "
            f"{now.queue_length or 0:.0f} chats wait for one"
        ),
        value=lambda now: now.pool_share,
        scope="agent",
        for_seconds=10 * _MINUTE * limits.for_scale,
    )
    yield AlertRule(
        "HighMemoryUsage",
        "critical",
        lambda now: _above(now.memory_bytes, limits.memory_bytes),
        lambda now: (
            f"The agent holds {(now.memory_bytes or 0) / 1e6:.0f} MB; "
            f"the limit is {limits.memory_bytes / 1e6:.0f} MB"
        ),
        value=lambda now: now.memory_bytes,
        scope="agent",
        for_seconds=15 * _MINUTE * limits.for_scale,
    )

    def missed(now: Snapshot) -> Iterator[Breach]:
        for cache, look_ups in now.cache_look_ups.items():
            ratio = now.cache_hit_ratio(cache)
            if ratio is None or look_ups < limits.least_look_ups or ratio >= limits.cache_hit_ratio:
                continue
            text = f"{100 * ratio:.1f} % of {look_ups:.0f} look-ups in the {cache} cache hit; "
            text += f"{100 * limits.cache_hit_ratio:g} % should"
            yield Breach(ratio, {"cache_type": cache}, text)

    yield AlertRule(
        "LowCacheHitRate",
        "warning",
        missed,
        _by_breach,
        scope="cache",
        for_seconds=15 * _MINUTE * limits.for_scale,
    )


def _money(limits: AlertLimits) -> Iterator[AlertRule]:
    def message(now: Snapshot) -> str:
        return (
            f"${now.cost_usd:.2f} spent within {now.cost_window_seconds:.0f} s, most of it by "
            f"tenant {_most(now.cost_by_tenant)} and model {_most(now.cost_by_model)}; "
            f"the limit is ${limits.cost_usd:g}"
        )

    yield AlertRule(
        "HighAPICost",
        "critical",
        lambda now: _above(now.cost_usd, limits.cost_usd),
        message,
        value=lambda now: now.cost_usd,
        scope="cost",
    )
    yield AlertRule(
        "DailyCostExceeded",
        "warning",
        lambda now: _above(now.cost_today_usd, limits.cost_today_usd),
        lambda now: (
            f"${now.cost_today_usd:.2f} spent since midnight UTC; "
            f"the limit is ${limits.cost_today_usd:g}"
        ),
        value=lambda now: now.cost_today_usd,
        scope="cost",
    )

    def many_tokens(now: Snapshot) -> Iterator[Breach]:
        for model, rate in _all_above(now.tokens_per_second, limits.tokens_per_second):
            text = f"{model} used {rate:.0f} tokens a second over {now.cost_window_seconds:.0f} s; "
            text += f"the limit is {limits.tokens_per_second:g}"
            yield Breach(rate, {"model": model}, text)

    yield AlertRule(
        "HighTokenUsage",
        "info",
        many_tokens,
        _by_breach,
        scope="model",
        for_seconds=30 * _MINUTE * limits.for_scale,
    )

    def unpriced(now: Snapshot) -> Iterator[Breach]:
        for model, count in _all_above(now.unpriced_calls, 0):
            text = f"{count:.0f} calls of {model} have no known price: they are in no cost"
            yield Breach(count, {"model": model}, text)

    yield AlertRule("UnpricedModel", "warning", unpriced, _by_breach, scope="model")


def _telemetry() -> Iterator[AlertRule]:
    yield AlertRule(
        "AuditGap",
        "critical",
        lambda now: _above(now.dropped.get("audit"), 0),
        lambda now: f"{now.dropped['audit']:.0f} audit records could not be written",
        value=lambda now: now.dropped.get("audit"),
        scope="audit",
    )

    def dropping(now: Snapshot) -> Iterator[Breach]:
        for signal, count in _all_above(now.dropped, 0):
            if signal != "audit":
                text = f"{count:.0f} records of {signal} were given up"
                yield Breach(count, {"signal": signal}, text)

    yield AlertRule("TelemetryDropping", "warning", dropping, _by_breach, scope="telemetry")


def _above(value: float | None, limit: float) -> bool:
    """Return whether a value is known and above a limit; NaN is not."""
    return value is not None and value > limit


def _all_above(values: Numbers, limit: float) -> list[tuple[str, float]]:
    """Return what is above a limit, the most first."""
    found = [(name, value) for name, value in values.items() if value > limit]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _most(values: Numbers) -> str:
    return max(values, key=lambda each: values[each], default="unknown")


def _by_breach(_now: Snapshot) -> str:
    """Return the message of a rule whose breaches all bring their own."""
    return ""
