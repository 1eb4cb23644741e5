"""The numbers move when work is done."""

import yaml

from commands.checkout import ROOT
from tests.smoke.metric_samples import read_metrics, total

DRIVEN = 5

# Series → labels; each rises by at least one for each chat that asks about an order.
RISING = {
    "agent_requests_total": {"method": "POST", "endpoint": "/chat", "status": "success"},
    "http_requests_total": {"method": "POST", "endpoint": "/chat", "status": "200"},
    "agent_request_duration_seconds_count": {"endpoint": "/chat"},
    "http_request_duration_seconds_count": {"endpoint": "/chat"},
    "agent_chat_latency_seconds_count": {},
    "agent_tool_calls_total": {"tool_name": "lookup_order", "status": "success"},
    "agent_tool_call_latency_seconds_count": {"tool_name": "lookup_order"},
    "ai_model_calls_total": {"status": "success"},
    "ai_model_duration_seconds_count": {},
    "ai_tokens_used_total": {"type": "prompt"},
    "agent_cache_requests_total": {},
    "gen_ai_client_operation_duration_seconds_count": {},
    "gen_ai_client_token_usage_count": {},
}


def _selector(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"sum({name}{{{inside}}})"


def test_key_series_rise_at_the_app(app, chats):
    """Five chats raise every key series on /metrics by five or more."""
    before = read_metrics(app)
    chats(DRIVEN, "metrics")
    after = read_metrics(app)
    rises = {
        name: total(after, name, labels) - total(before, name, labels)
        for name, labels in RISING.items()
    }
    assert not {name: rise for name, rise in rises.items() if rise < DRIVEN}
    costs = "agent_api_cost_usd_total"
    assert total(after, costs) > total(before, costs)


def test_every_target_is_up(prometheus, poll):
    """Every target of Prometheus is up, and no job lacks one."""
    config = yaml.safe_load((ROOT / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    wanted = {job["job_name"] for job in config["scrape_configs"] if "static_configs" in job}

    def up() -> bool:
        targets = prometheus.get("targets", state="active")["activeTargets"]
        down = [f"{t['scrapePool']}: {t['lastError']}" for t in targets if t["health"] != "up"]
        assert not down, "; ".join(down)
        assert {target["scrapePool"] for target in targets} >= wanted
        return True

    poll(up, within=120, what="every target is up")


def test_key_series_rise_in_prometheus(prometheus, poll, chats):
    """Five chats raise every key series in Prometheus by five or more."""
    own = {"service": "example-agent"}
    queries = {name: _selector(name, {**labels, **own}) for name, labels in RISING.items()}
    before = {name: prometheus.value(query) for name, query in queries.items()}
    chats(DRIVEN, "scraped")

    def risen() -> bool:
        rises = {n: prometheus.value(query) - before[n] for n, query in queries.items()}
        late = {name: rise for name, rise in rises.items() if rise < DRIVEN}
        assert not late, f"rose by less than {DRIVEN}: {late}"
        return True

    poll(risen, within=60, what="the key series rise")
