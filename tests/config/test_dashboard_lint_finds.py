"""Each lint rule finds what it is there for: a good dashboard, spoilt in one place, is told on."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.config.dashboard_files import dashboards, panels_of
from tests.config.dashboard_lint import RULES

Spoil = Callable[[dict[str, Any]], object]


def _panel(dashboard, kind="timeseries"):
    return next(one for one in panels_of(dashboard) if one["type"] == kind)


def _variable(dashboard, name):
    return next(one for one in dashboard["templating"]["list"] if one["name"] == name)


def _expr(panel, old, new):
    target = panel["targets"][0]
    assert old in target["expr"]
    target["expr"] = target["expr"].replace(old, new)


def _titled(dashboard, title):
    return next(one for one in panels_of(dashboard) if one["title"] == title)


#: Rule → a dashboard, and how to spoil it.
SPOILT: dict[str, tuple[str, Spoil]] = {
    "uneditable-dashboard": ("overview", lambda d: d.update(editable=True)),
    "settings": ("overview", lambda d: d.update(graphTooltip=0)),
    "template-datasource": (
        "overview",
        lambda d: d["templating"]["list"][0].update(label="Source"),
    ),
    "service-variable": ("overview", lambda d: _variable(d, "service").update(multi=False)),
    "template-label-promql": (
        "overview",
        lambda d: _variable(d, "service").update(query="label_values(a b, service)"),
    ),
    "template-on-time-change-reload": (
        "overview",
        lambda d: _variable(d, "service").update(refresh=1),
    ),
    "variables-explain-themselves": (
        "overview",
        lambda d: _variable(d, "service").update(description="No full stop"),
    ),
    "variables-are-there-and-used": (
        "overview",
        lambda d: _variable(d, "service").update(name="server"),
    ),
    "annotations": ("overview", lambda d: d["annotations"]["list"].pop()),
    "panel-title-description": (
        "overview",
        lambda d: _panel(d).update(description="a fragment, no sentence"),
    ),
    "panel-says-why-it-is-empty": (
        "overview",
        lambda d: _panel(d)["fieldConfig"]["defaults"].pop("noValue"),
    ),
    "panel-units": (
        "overview",
        lambda d: _panel(d)["fieldConfig"]["defaults"].update(unit="seconds"),
    ),
    "panel-type": ("overview", lambda d: _panel(d).update(type="graph")),
    "panel-no-targets": ("overview", lambda d: _panel(d).update(targets=[])),
    "panel-datasource": (
        "overview",
        lambda d: _panel(d)["datasource"].update(uid="prometheus"),
    ),
    "graph-details": (
        "overview",
        lambda d: _panel(d)["options"]["legend"].update(showLegend=False),
    ),
    "latency-has-exemplars": (
        "performance",
        lambda d: _panel(d)["targets"][0].update(exemplar=False),
    ),
    "thresholds-have-a-meaning": (
        "overview",
        lambda d: _titled(d, "Share of failed requests").update(description="A share."),
    ),
    "target-promql": ("overview", lambda d: _expr(_panel(d), "sum", "summ(")),
    "target-rate-interval": ("overview", lambda d: _expr(_panel(d), "[5m]", "[7m]")),
    "target-counter-agg": (
        "overview",
        lambda d: d["panels"][1]["targets"][0].update(expr="sum(agent_requests_total)"),
    ),
    "target-service": (
        "overview",
        lambda d: _expr(_panel(d), 'service=~"$service"', 'service=~"example.*"'),
    ),
    "target-shape": ("overview", lambda d: _panel(d)["targets"][0].update(instant=True)),
    "target-logql": ("logs", lambda d: _expr(_titled(d, "Live tail"), "tenant_id", "tenant")),
    "target-logql-auto": (
        "logs",
        lambda d: _expr(_titled(d, "Lines by level"), "$__auto", "5m"),
    ),
    "dashboard-links": ("overview", lambda d: d["links"][0].update(keepTime=False)),
    "links-to-dashboards": (
        "overview",
        lambda d: _panel(d)["fieldConfig"]["defaults"]["links"][0].update(url="/d/gone?x"),
    ),
    "links-to-explore": (
        "performance",
        lambda d: _titled(d, "Errors by type")["fieldConfig"]["defaults"]["links"][0].update(
            url="/explore?panes=%7B%22a%22%3A%7B%22datasource%22%3A%22x%22%2C%22queries%22%3A"
            "%5B%7B%22datasource%22%3A%7B%22uid%22%3A%22x%22%2C%22type%22%3A%22loki%22%7D%7D%5D"
            "%2C%22range%22%3A%7B%7D%7D%7D"
        ),
    ),
    "links-go-somewhere-known": (
        "overview",
        lambda d: _panel(d)["fieldConfig"]["defaults"]["links"][0].update(url="http://elsewhere"),
    ),
    "links-use-labels-that-the-panel-has": (
        "tenant-detail",
        lambda d: (
            _expr(_titled(d, "Cost by tenant"), "tenant_id", "model")
            or _titled(d, "Cost by tenant")["targets"][0].update(legendFormat="{{model}}")
        ),
    ),
    "panel-ids": ("overview", lambda d: _panel(d).update(id=1)),
    "verdict-first": ("overview", lambda d: d["panels"].insert(1, _panel(d))),
    "rows-hold-panels": ("overview", lambda d: d["panels"][-1].update(collapsed=False)),
    "titles-fit": ("overview", lambda d: _panel(d).update(title="Much too long a title" * 2)),
    "lines-end-together": ("overview", lambda d: _panel(d)["gridPos"].update(h=3)),
    "table-of-lines-has-one-time": (
        "performance",
        lambda d: _titled(d, "Slow requests, top 10")["transformations"][0]["options"].update(
            keepTime=True
        ),
    ),
    "missing-cells-have-no-colour": (
        "tenant-detail",
        lambda d: _titled(d, "All tenants")["fieldConfig"]["overrides"].pop(0),
    ),
    "places": ("overview", lambda d: _panel(d)["gridPos"].update(x=20)),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_a_rule_finds_what_it_forbids(name):
    """The dashboard is clean before it is spoilt, and told on afterwards."""
    uid, spoil = SPOILT[name]
    dashboard = copy.deepcopy(dashboards()[uid])
    before = list(RULES[name](dashboard))
    spoil(dashboard)

    assert set(RULES[name](dashboard)) - set(before)


def test_every_rule_is_shown_to_find_something():
    """No rule is there that nothing can break."""
    assert SPOILT.keys() == RULES.keys()
