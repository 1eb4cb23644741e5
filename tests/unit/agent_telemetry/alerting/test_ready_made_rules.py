"""Each rule of the library fires above its limit, is quiet at it, and when nothing is known."""

import re

import pytest

from agent_telemetry.alerting.limits import AlertLimits
from agent_telemetry.alerting.ready_made_rules import error_rate_rule, ready_made_rules
from commands.checkout import ROOT
from example_app.incidents import load_incidents
from prometheus.thresholds import load
from tests.unit.agent_telemetry.alerting.conftest import now

RULES = {rule.key: rule for rule in ready_made_rules()}
#: Rule → numbers that fire it, numbers that just do not, the value, what the text must have.
CASES = {
    ("HighErrorRate", "request"): (
        {"requests": 100.0, "failed_requests": 11.0},
        {"requests": 100.0, "failed_requests": 10.0},
        0.11,
        "11 of 100 requests (11.0 %) failed",
    ),
    ("SlowRequests", "request"): (
        {"requests": 10.0, "request_p95_seconds": 2.01},
        {"requests": 10.0, "request_p95_seconds": 2.0},
        2.01,
        "take up to 2.01 s",
    ),
    ("SlowResponse", "chat"): (
        {"chat_p95_seconds": {"support": 10.1}},
        {"chat_p95_seconds": {"support": 10.0}},
        10.1,
        "chats of support take up to 10.1 s",
    ),
    ("HighActiveConnections", "request"): (
        {"active_connections": 1001.0}, {"active_connections": 1000.0}, 1001, "1001 requests",
    ),
    ("APICallFailures", "tool"): (
        {"tool_failures": {"refund": 11.0}}, {"tool_failures": {"refund": 10.0}}, 11,
        "11 calls of refund failed",
    ),
    ("PoolNearCapacity", "agent"): (
        {"pool_size": 19.0, "pool_max_size": 20.0}, {"pool_size": 18.0, "pool_max_size": 20.0},
        0.95, "19 of at most 20 agents",
    ),
    ("HighMemoryUsage", "agent"): (
        {"memory_bytes": 1.1e9}, {"memory_bytes": 1e9}, 1.1e9, "1100 MB",
    ),
    ("LowCacheHitRate", "cache"): (
        {"cache_look_ups": {"answers": 20.0}, "cache_hits": {"answers": 11.0}},
        {"cache_look_ups": {"answers": 20.0}, "cache_hits": {"answers": 12.0}},
        0.55,
        "55.0 % of 20 look-ups in the answers cache hit; 60 % should",
    ),
    ("HighAPICost", "cost"): (
        {"cost_usd": 10.01, "cost_by_tenant": {"a": 2.0, "b": 8.0}, "cost_by_model": {"m": 10.01}},
        {"cost_usd": 10.0},
        10.01,
        "most of it by tenant b and model m",
    ),
    ("DailyCostExceeded", "cost"): (
        {"cost_today_usd": 50.5}, {"cost_today_usd": 50.0}, 50.5, "$50.50 spent since midnight",
    ),
    ("HighTokenUsage", "model"): (
        {"tokens_per_second": {"m": 1001.0}}, {"tokens_per_second": {"m": 1000.0}}, 1001,
        "m used 1001 tokens a second",
    ),
    ("UnpricedModel", "model"): (
        {"unpriced_calls": {"m": 1.0}}, {"unpriced_calls": {"m": 0.0}}, 1, "1 calls of m",
    ),
    ("AuditGap", "audit"): ({"dropped": {"audit": 1.0}}, {"dropped": {"audit": 0.0}}, 1, "1 audit"),
    ("TelemetryDropping", "telemetry"): (
        {"dropped": {"traces": 3.0}}, {"dropped": {"audit": 3.0}}, 3, "3 records of traces",
    ),
}  # fmt: skip


def test_every_rule_has_a_case():
    """No rule is left untested."""
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("key", CASES, ids="/".join)
def test_rule_fires_above_its_limit_only(key):
    """Just above it fires with its value and text; at the limit, or with nothing known, not."""
    bad, good, value, text = CASES[key]
    (breach,) = RULES[key].look(now(**bad))
    assert breach.value == pytest.approx(value)
    assert text in breach.description
    assert RULES[key].look(now(**good)) == []
    assert RULES[key].look(now()) == []


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        (("HighErrorRate", "request"), {"requests": 9.0, "failed_requests": 9.0}),
        (("SlowRequests", "request"), {"requests": 9.0, "request_p95_seconds": 60.0}),
        (("LowCacheHitRate", "cache"), {"cache_look_ups": {"a": 19.0}, "cache_hits": {}}),
        (("PoolNearCapacity", "agent"), {"pool_size": 5.0, "pool_max_size": 0.0}),
    ],
)
def test_too_little_says_nothing(key, numbers):
    """A few requests or look-ups, or no pool at all, fire nothing."""
    assert RULES[key].look(now(**numbers)) == []


def test_limits_are_those_of_prometheus():
    """Name, scope, severity and limit are those of thresholds.yml; only 10 % errors is ours."""
    told = {
        (alert.name, alert.scope): alert
        for alert in load(ROOT / "prometheus" / "thresholds.yml").alerts
    }
    limits = AlertLimits()
    ours = {
        ("SlowRequests", "request"): limits.request_seconds,
        ("SlowResponse", "chat"): limits.chat_seconds,
        ("HighActiveConnections", "request"): limits.active_connections,
        ("APICallFailures", "tool"): limits.tool_failures,
        ("PoolNearCapacity", "agent"): limits.pool_share,
        ("HighMemoryUsage", "agent"): limits.memory_bytes,
        ("LowCacheHitRate", "cache"): limits.cache_hit_ratio,
        ("HighAPICost", "cost"): limits.cost_usd,
        ("DailyCostExceeded", "cost"): limits.cost_today_usd,
        ("HighTokenUsage", "model"): limits.tokens_per_second,
    }
    assert {key: told[key].settings["limit"] for key in ours} == ours
    assert told["LowCacheHitRate", "cache"].settings["least_lookups"] == limits.least_look_ups
    assert {key: told[key].severity for key in RULES} == {
        key: rule.severity for key, rule in RULES.items()
    }
    assert error_rate_rule(limits).look(now(requests=100.0, failed_requests=10.0)) == []


def test_every_incident_has_its_rule():
    """Each alert that a fault is meant to fire is among the rules, with its scope."""
    told = [each.in_lite() for each in load_incidents().values()]
    wanted = {(each.alert, each.scope) for each in told if each.alert}
    names = {name for name, _ in RULES}
    assert {name for name, _ in wanted} <= names
    assert {key for key in wanted if key[1]} <= RULES.keys()


def test_short_limits_are_taken():
    """Times are scaled, and limits of one's own are in condition and text."""
    rules = {rule.key: rule for rule in ready_made_rules(AlertLimits(for_scale=0, chat_seconds=3))}
    assert {rule.for_seconds for rule in rules.values()} == {0}
    (breach,) = rules["SlowResponse", "chat"].look(now(chat_p95_seconds={"a": 4.0}))
    assert re.search(r"the limit is 3 s$", breach.description)
