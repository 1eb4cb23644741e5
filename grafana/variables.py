# ruff: noqa: FBT003 -- the SDK's switches are positional
"""The variables at the top of the dashboards. A dashboard has only those that it uses."""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import common as mc
from grafana_foundation_sdk.models import dashboard as md

from grafana.data_sources import LOKI, PROMETHEUS

Variable = db.QueryVariable | db.DatasourceVariable | db.CustomVariable | db.TextBoxVariable
#: Everything, also series and lines without the label.
ANY = ".*"
#: Everything that has the label. Loki wants one selector that no empty value matches.
SOME = ".+"


def data_source(kind: str) -> db.DatasourceVariable:
    """Return the choice of a data source: ``prometheus``, ``loki`` or ``jaeger``."""
    name = kind.capitalize()
    current = md.VariableOption(selected=True, text=name, value=kind)
    return (
        db.DatasourceVariable(f"{kind}_datasource")
        .label(f"{name} data source")
        .description(f"Which {name} the panels ask.")
        .type(kind)
        .current(current)
    )


def _choice(
    name: str,
    title: str,
    query: str | dict[str, object],
    description: str,
    *,
    everything: str = ANY,
    source: mc.DataSourceRef = PROMETHEUS,
) -> db.QueryVariable:
    return (
        db.QueryVariable(name)
        .label(title)
        .description(description)
        .datasource(source)
        .query(query)
        .refresh(md.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(md.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(everything)
        .current(md.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def label_choice(
    name: str, title: str, series: str, label: str, description: str
) -> db.QueryVariable:
    """Return a choice among the values that a label has.

    Args:
        name: of the variable.
        title: shown beside the choice.
        series: PromQL of the series that have the label, narrowed by ``$service``.
        label: whose values are offered.
        description: what it narrows, in a sentence.
    """
    return _choice(name, title, f"label_values({series}, {label})", description)


def service(metric: str = "agent_requests_total") -> db.QueryVariable:
    """Return the choice of the service, among those that have a metric.

    Args:
        metric: one that every service has for which the dashboard is made: foreign agents that
            only speak OTLP have ``gen_ai_…``, but none of the guides' names.
    """
    return _choice(
        "service",
        "Service",
        f"label_values({metric}, service)",
        "The agent service, the same name in metrics, logs and traces.",
        everything=SOME,
    )


def logged_service() -> db.QueryVariable:
    """Return the choice of the service, among those that write log lines."""
    query = {"label": "service_name", "refId": "LokiVariableQuery", "stream": "", "type": 1}
    return _choice(
        "service",
        "Service",
        query,
        "The service that writes the lines, the same name in metrics, logs and traces.",
        everything=SOME,
        source=LOKI,
    )


def traced_service() -> db.QueryVariable:
    """Return the choice of one service whose traces are searched: Jaeger takes no more."""
    one = md.VariableOption(selected=True, text="example-agent", value="example-agent")
    return (
        _choice(
            "traced_service",
            "Traces of",
            "label_values(traces_span_metrics_calls_total, service_name)",
            "The one service whose traces the tables of traces show.",
        )
        .multi(False)
        .include_all(False)
        .current(one)
    )


def tenant() -> db.QueryVariable:
    """Return the choice of the tenant."""
    return label_choice(
        "tenant",
        "Tenant",
        'agent_requests_total{service=~"$service"}',
        "tenant_id",
        "Narrows the panels about requests, money, the cache and log lines.",
    )


def model() -> db.QueryVariable:
    """Return the choice of the model."""
    return label_choice(
        "model",
        "Model",
        'ai_model_calls_total{service=~"$service"}',
        "model",
        "Narrows the panels about model calls, tokens and money.",
    )


def template() -> db.QueryVariable:
    """Return the choice of the agent's template."""
    return label_choice(
        "template",
        "Template",
        'agent_chat_latency_seconds_count{service=~"$service"}',
        "template_id",
        "What kind of agent answers, such as support or research.",
    )


def agent() -> db.QueryVariable:
    """Return the choice of one agent of the pool."""
    return label_choice(
        "agent",
        "Agent",
        'agent_chat_latency_seconds_count{service=~"$service", template_id=~"$template"}',
        "agent_id",
        "One agent of the pool, such as support-1.",
    )


def fixed_choice(
    name: str, title: str, values: tuple[str, ...], chosen: str, description: str
) -> db.CustomVariable:
    """Return a choice of one of some fixed values.

    Raises:
        ValueError: if `chosen` is not among them.
    """
    if chosen not in values:
        raise ValueError(f"{name}: {chosen} is not one of {', '.join(values)}")
    options = [md.VariableOption(selected=one == chosen, text=one, value=one) for one in values]
    return (
        db.CustomVariable(name)
        .label(title)
        .description(description)
        .values(",".join(values))
        .options(options)
        .current(md.VariableOption(selected=True, text=chosen, value=chosen))
    )


def level() -> db.CustomVariable:
    """Return the choice of the levels of log lines; several may be chosen."""
    levels = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    return (
        db.CustomVariable("level")
        .label("Level")
        .description("Lines of which level are shown.")
        .values(",".join(levels))
        .options([md.VariableOption(selected=False, text=one, value=one) for one in levels])
        .multi(True)
        .include_all(True)
        .all_value(SOME)
        .current(md.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def search() -> db.TextBoxVariable:
    """Return a field for a text that the log lines must contain."""
    return (
        db.TextBoxVariable("search")
        .label("Search")
        .description("Lines that contain this text, a regular expression.")
        .default_value("")
        .current(md.VariableOption(selected=True, text="", value=""))
    )
