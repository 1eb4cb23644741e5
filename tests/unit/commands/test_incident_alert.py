"""Following one alert: its rule, its state, its deliveries, as the servers' APIs tell them."""

import httpx
import pytest

from commands.incident_alert import AlertWatch, Rule

TOOL = {"alertname": "APICallFailures", "scope": "tool", "service": "example-agent"}


def _watch(answers, name="APICallFailures", scope="tool"):
    """Return a watch on servers that answer so, by path."""

    def answer(request):
        body = answers[request.url.path]
        return httpx.Response(200, json=body) if body is not None else httpx.Response(503)

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://server")
    return AlertWatch(name, scope, client, client)


def _rules(*rules):
    return {"/api/v1/rules": {"status": "success", "data": {"groups": [{"rules": list(rules)}]}}}


def _alerts(*alerts):
    return {"/api/v1/alerts": {"status": "success", "data": {"alerts": list(alerts)}}}


def _rule(query, *, name="APICallFailures", scope="tool", duration=0):
    return {"name": name, "labels": {"scope": scope}, "duration": duration, "query": query}


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("service_tool:agent_tool_calls_failed:increase5m > 10", 300),
        ("service:agent_api_cost_usd:increase1h > 10", 3600),
        ("sum(rate(x_total[30s])) / sum(rate(y_total[2m])) > 0.05", 120),
        ("service:errors_per_requests:ratio_rate5m > 0.05", 300),
        ('absent(up{job="x15m"})', 0),
    ],
)
def test_rule_tells_how_far_it_looks_back(query, window):
    """The window is read from the query, in recorded series' names too."""
    rule = _watch(_rules(_rule(query, duration=60))).rule()
    assert rule == Rule(hold_seconds=60, window_seconds=window)


def test_only_the_rule_of_its_scope_is_meant():
    """Of several alerts of one name the one with the scope counts; without a scope any does."""
    both = _rules(_rule("a[1m]", duration=60), _rule("b[5m]", scope="other", duration=600))
    assert _watch(both).rule() == Rule(60, 60)
    assert _watch(both, scope=None).rule() == Rule(600, 300)
    assert _watch(both, scope="third").rule() is None
    assert _watch(_rules()).rule() is None


@pytest.mark.parametrize(
    ("alerts", "state"),
    [
        ([], "inactive"),
        ([{"labels": TOOL, "state": "pending"}], "pending"),
        ([{"labels": TOOL, "state": s} for s in ("pending", "firing")], "firing"),
        ([{"labels": {**TOOL, "scope": "other"}, "state": "firing"}], "inactive"),
        ([{"labels": {**TOOL, "alertname": "Watchdog"}, "state": "firing"}], "inactive"),
    ],
)
def test_state_is_the_worst_of_its_series(alerts, state):
    """One series that fires is enough; another alert's series are not looked at."""
    assert _watch(_alerts(*alerts)).state() == state


def test_delivery_counts_from_the_start_of_the_incident():
    """What was delivered before is not taken for this incident's alert."""
    entries = [
        {"labels": TOOL, "received_at": "2026-11-21T10:00:30+00:00", "starts_at": "new"},
        {"labels": TOOL, "received_at": "2026-11-21T09:00:00+00:00", "starts_at": "old"},
    ]
    watch = _watch({"/alerts": {"alerts": entries}})
    ten = 1_795_255_200.0  # 2026-11-21T10:00:00Z
    assert watch.delivered("firing", ten)["starts_at"] == "new"
    assert watch.delivered("firing", ten + 31) is None


def test_server_that_is_away_is_an_http_error():
    """An answer that is none reaches the caller as what it is."""
    watch = _watch({"/api/v1/alerts": None, "/alerts": None})
    with pytest.raises(httpx.HTTPStatusError):
        watch.state()
    with pytest.raises(httpx.HTTPStatusError):
        watch.delivered("firing", 0)
