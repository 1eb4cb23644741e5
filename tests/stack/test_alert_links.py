"""What an alert links to is there: its panel, its runbook, its log lines and its traces."""

import re
import time
from urllib.parse import quote

import httpx
import pytest

from tests.polling import wait_for
from tests.stack.link_templates import Target, about_failures, target
from tests.stack.test_links import HOUR_SECONDS, explore, opens

#: What stands for a label of an alert: values that the demo has.
LABELS = {
    "service": "example-agent",
    "tool_name": "lookup_order",
    "template_id": "support",
    "agent_id": "support-1",
    "model": "gpt-4o-mini",
    "gen_ai_request_model": "gpt-4o-mini",
    "provider": "openai",
    "gen_ai_provider_name": "openai",
    "tenant_id": "acme",
    "budget": "service-day",
    "endpoint": "/chat",
}
_LINK = re.compile(r"\{\{ *\$externalLabels\.link_(\w+) *\}\}")
_LABEL = re.compile(r"\{\{ *\$labels\.(\w+) *\| *urlquery *\}\}")
_SERVERS = {"grafana": "grafana", "inbox": "logger", "jaeger": "jaeger"}


@pytest.fixture(scope="module")
def alerts(sources):
    """Every alert that Prometheus has loaded, with its annotations as they are written."""
    groups = sources.get("prometheus", "/api/v1/rules", type="alert")["data"]["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert len(found) > 40
    return found


def _filled(url: str) -> tuple[str, str]:
    """Return the server that an address leads to and the rest of it, its templates filled."""
    server = _LINK.match(url)
    assert server, f"{url} leads to no server of ours"
    rest = _LABEL.sub(
        lambda found: quote(LABELS.get(found[1], "any"), safe=""), url[server.end() :]
    )
    assert "{{" not in rest, f"nobody fills {rest}"
    return _SERVERS[server[1]], rest


def _targets(alerts, annotation):
    """Yield name and filled link of every alert that has an annotation."""
    found = [(one["name"], one["annotations"].get(annotation, "")) for one in alerts]
    return [(name, *_filled(url)) for name, url in found if url]


def test_panels_exist(sources, alerts):
    """The dashboard and the panel on it that each alert names are there."""
    there = _targets(alerts, "dashboard_url")
    assert len(there) == len(alerts)
    for name, server, rest in there:
        assert server == "grafana", name
        where = target(rest)
        assert dict(where.params)["viewPanel"], name
        opens(sources, where, frozenset())


def test_runbooks_are_served(stack, alerts):
    """The inbox serves the page of each alert."""
    there = {(server, rest) for _, server, rest in _targets(alerts, "runbook_url")}
    assert there
    for server, rest in sorted(there):
        answer = httpx.get(stack.urls[server] + rest, timeout=20)
        assert answer.status_code == httpx.codes.OK, rest


def test_log_lines_are_searched(sources, alerts):
    """Loki takes each alert's query; it finds lines, or looks for failures that are not there."""
    there = _targets(alerts, "logs_url")
    assert there
    silent = [name for name, _, rest in there if not _found(sources, target(rest))]
    assert len(silent) < len(there) / 4, f"too many find nothing on a healthy stack: {silent}"


def _found(sources, where: Target) -> bool:
    found = explore(sources, where)
    return bool(found) or about_failures(where)


def test_traces_are_searched(sources, alerts):
    """Jaeger takes each alert's search and finds traces, or looks for failures or slow ones."""
    there = _targets(alerts, "traces_url")
    assert there
    for name, server, rest in there:
        params = dict(target(rest).params)
        assert server == "jaeger", name
        params.pop("lookback")
        # Where the service is no agent, the page leaves it open which one to search.
        params.setdefault("service", LABELS["service"])
        now = int(time.time() * 1e6)
        window = {"start": now - HOUR_SECONDS * 1_000_000, "end": now}
        found = sources.get("jaeger", "/api/traces", **params, **window)["data"]
        assert found or {"tags", "minDuration", "operation"} & params.keys(), f"{name}: {rest}"


def test_links_of_an_alert_that_fires_are_filled(sources):
    """In what Alertmanager has, no template is left in an address."""

    def fires():
        return sources.get("alertmanager", "/api/v2/alerts")

    for alert in wait_for(fires, within=120, what="an alert is in Alertmanager"):
        urls = {k: v for k, v in alert["annotations"].items() if k.endswith("_url")}
        assert urls
        for url in urls.values():
            assert url.startswith("http"), url
            assert "{{" not in url, url
