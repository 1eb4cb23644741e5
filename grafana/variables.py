# ruff: noqa: FBT003 -- the SDK's switches are positional
"""What every dashboard has at its top: data sources, service, tenant, links, marks of alerts."""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import dashboard as md

from grafana.panel_kinds import PROMETHEUS


def _source(name: str, kind: str, uid: str, label: str) -> db.DatasourceVariable:
    current = md.VariableOption(selected=True, text=label.split(maxsplit=1)[0], value=uid)
    return db.DatasourceVariable(name).label(label).type(kind).current(current)


def _label_values(name: str, label: str, query: str, description: str) -> db.QueryVariable:
    everything = md.VariableOption(selected=True, text=["All"], value=["$__all"])
    return (
        db.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(PROMETHEUS)
        .query(query)
        .refresh(md.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(md.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(everything)
    )


def with_header(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the variables, the links to the other dashboards and the marks of firing alerts."""
    return (
        dashboard.with_variable(
            _source("prometheus_datasource", "prometheus", "prometheus", "Prometheus data source")
        )
        .with_variable(_source("loki_datasource", "loki", "loki", "Loki data source"))
        .with_variable(
            _label_values(
                "service",
                "Service",
                "label_values(agent_requests_total, service)",
                "The agent service, the same name in metrics, logs and traces.",
            )
        )
        .with_variable(
            _label_values(
                "tenant",
                "Tenant",
                'label_values(agent_requests_total{service=~"$service"}, tenant_id)',
                "Narrows the panels about requests, money and the cache.",
            )
        )
        .link(
            db.DashboardLink("Agent dashboards")
            .type(md.DashboardLinkType.DASHBOARDS)
            .tags(["agent"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
            .placement(None)
        )
        .annotation(
            db.AnnotationQuery()
            .name("Firing alerts")
            .datasource(PROMETHEUS)
            .enable(True)
            .icon_color("red")
            .placement(None)
            .expr('ALERTS{alertstate="firing", severity=~"critical|warning", service=~"$service"}')
            .step("60s")
            .title_format("{{alertname}}")
            .text_format("{{severity}}, scope {{scope}}")
            .tag_keys("severity")
        )
    )
