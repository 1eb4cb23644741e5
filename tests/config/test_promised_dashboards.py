"""The dashboards have the panels that the guides promise, over the windows that they name."""

import re

import pytest

from grafana.alert_limits import limit
from tests.config.dashboard_files import dashboards, panels_of

#: Dashboard → panel → its kind, what its query must have, and its unit.
PROMISED = {
    "agent-sdk-monitoring": {
        "Creation rate": ("timeseries", r"rate\(agent_created_total.*\[5m\]", "suffix:/s"),
        "Active agents": ("stat", r"agent_active_count", "none"),
        "P95 latency": ("timeseries", r"0\.95.*agent_chat_latency_seconds_bucket.*\[5m\]", "s"),
        "Token usage by type": (
            "timeseries",
            r"by \(type\).*agent_token_usage_sum.*\[1h\]",
            "short",
        ),
        "Tool call distribution": (
            "piechart",
            r"by \(tool_name\).*agent_tool_calls_total",
            "short",
        ),
        "Error rate by type": (
            "timeseries",
            r"by \(error_type\).*agent_errors_total.*\[5m\]",
            "suffix:/s",
        ),
    },
    "agent-performance-monitor": {
        "QPS by tenant": (
            "timeseries",
            r"by \(tenant_id\).*service_tenant:agent_requests:rate5m",
            "reqps",
        ),
        "P95 response time": ("timeseries", r"0\.95.*agent_request_duration_seconds.*\[5m\]", "s"),
        "Error rate": ("timeseries", r'status="error".*\[5m\]', "percentunit"),
        "Cache hit rate": ("gauge", r'result="hit".*\[5m\]', "percentunit"),
        "API cost, last 24 h": ("stat", r"agent_api_cost_usd_total.*\[24h\]", "currencyUSD"),
    },
    "overview": {
        "Live QPS": ("stat", r"service:agent_requests:rate5m", "reqps"),
        "Average latency": ("stat", r"_sum.*\[5m\].*/.*_count.*\[5m\]", "s"),
        "Error rate": ("stat", r"ratio_rate5m", "percentunit"),
        "Active tenants": ("stat", r"agent_active_tenants", "none"),
        "Alerts": ("alertlist", r"", "none"),
    },
    "tenant-detail": {
        "Requests by tenant": ("timeseries", r"service_tenant:agent_requests:rate5m", "reqps"),
        "Cost by tenant": ("timeseries", r"by \(tenant_id\).*agent_api_cost_usd", "currencyUSD"),
        "Cache hit rate by tenant": ("timeseries", r"agent_cache_requests_total", "percentunit"),
    },
    "performance": {
        "P50, P95, P99": (
            "timeseries",
            r"quantile\(0\.5,.*quantile\(0\.95,.*quantile\(0\.99,",
            "s",
        ),
        "Slow requests, top 10": ("table", r"request_end.*duration_seconds >", "none"),
        "Errors by type": ("timeseries", r"by \(error_type\).*\[5m\]", "suffix:/s"),
    },
    "cost": {
        "Daily cost trend": ("timeseries", r"increase1d.*agent_daily_cost_usd", "currencyUSD"),
        "Cost share per model": ("piechart", r"by \(model\)", "currencyUSD"),
        "Cost ranking per tenant": ("bargauge", r"sort_desc.*by \(tenant_id\)", "currencyUSD"),
    },
    "ai-assistant-monitoring": {
        "Request rate": ("timeseries", r"rate\(http_requests_total.*\[5m\]", "reqps"),
        "P95 response time": ("timeseries", r"0\.95.*http_request_duration_seconds", "s"),
        "Error rate": ("timeseries", r"rate\(errors_total.*\[5m\]", "suffix:/s"),
        "AI model response time": (
            "timeseries",
            r"ai_model_duration_seconds_sum.*\[5m\].*/.*ai_model_duration_seconds_count.*\[5m\]",
            "s",
        ),
        "CPU": ("gauge", r"system_cpu_usage_percent", "percent"),
        "Memory": ("gauge", r"system_memory_usage_percent", "percent"),
    },
    "pipeline-stages": {
        "P50 by stage": ("timeseries", r"quantile\(0\.5,.*by \(le, kind\)", "ms"),
        "P95 by stage": ("timeseries", r"quantile\(0\.95,.*by \(le, kind\)", "ms"),
        "Average by stage": ("timeseries", r"_sum.*/.*_count", "ms"),
        "Count by stage": ("timeseries", r"by \(kind\).*calls_total", "suffix:/s"),
        "Span distribution": ("piechart", r"by \(kind\)", "short"),
    },
    "logs": {
        "Lines by level": ("timeseries", r"by \(level\)", "short"),
        "Lines by tenant": ("timeseries", r"by \(tenant_id\)", "short"),
        "Errors by type": ("timeseries", r"by \(error_type\)", "short"),
        "Live tail": ("logs", r"service_name", "none"),
    },
}


@pytest.mark.parametrize(
    ("uid", "title"), [(uid, title) for uid, wanted in PROMISED.items() for title in wanted]
)
def test_a_promised_panel_is_there(uid, title):
    """By its title: its kind, its query and its unit."""
    kind, query, unit = PROMISED[uid][title]
    panel = next(one for one in panels_of(dashboards()[uid]) if one["title"] == title)

    assert panel["type"] == kind
    asked = " ; ".join(target["expr"] for target in panel.get("targets", []))
    assert re.search(query, asked)
    assert panel["fieldConfig"]["defaults"]["unit"] == unit


@pytest.mark.parametrize(
    ("uid", "title", "order"),
    [
        ("performance", "Slow requests, top 10", "duration_seconds"),
        ("cost", "Expensive runs, top 10", "extra_run_cost_usd"),
    ],
)
def test_a_top_ten_is_ordered_cut_and_opens_the_trace(uid, title, order):
    """Fields of the lines become columns, numbers are numbers, the largest ten are left."""
    panel = next(one for one in panels_of(dashboards()[uid]) if one["title"] == title)
    steps = {one["id"]: one["options"] for one in panel["transformations"]}

    assert list(steps) == [
        "extractFields", "convertFieldType", "sortBy", "limit", "filterFieldsByName", "organize",
    ]  # fmt: skip
    assert {"targetField": order, "destinationType": "number"} in steps["convertFieldType"][
        "conversions"
    ]
    assert steps["sortBy"]["sort"] == [{"field": order, "desc": True}]
    assert steps["limit"] == {"limitField": 10}
    links = [
        link["url"]
        for one in panel["fieldConfig"]["overrides"]
        for found in one["properties"]
        if found["id"] == "links"
        for link in found["value"]
    ]
    assert any("jaeger" in url and "${__data.fields.trace_id}" in url for url in links)
    assert any("loki" in url and "${__data.fields.trace_id}" in url for url in links)


def test_panels_about_the_same_limit_draw_what_thresholds_say():
    """The line of a panel moves with the alert: nobody repeats the number."""
    drawn = {
        (uid, panel["title"]): panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        for uid in ("overview", "cost", "agent-sdk-monitoring")
        for panel in panels_of(dashboards()[uid])
        if panel["type"] == "timeseries"
    }

    assert drawn["overview", "Share of failed requests"] == limit("HighErrorRate/request")
    assert drawn["cost", "Daily cost trend"] == limit("DailyCostExceeded/cost")
    assert drawn["agent-sdk-monitoring", "P95 latency"] == limit("SlowResponse/chat")
