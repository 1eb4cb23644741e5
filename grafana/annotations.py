"""The marks on every graph: when alerts fired, and when the agent was started anew."""

from grafana_foundation_sdk.builders import dashboard as db

from grafana.data_sources import PROMETHEUS


def _marks(
    name: str, color: str, expr: str, title: str, text: str, *, on: bool = True
) -> db.AnnotationQuery:
    return (
        db.AnnotationQuery()
        .name(name)
        .datasource(PROMETHEUS)
        .enable(on)
        .icon_color(color)
        .placement(None)
        .expr(expr)
        .step("60s")
        .title_format(title)
        .text_format(text)
    )


def paging_alerts(of_service: str) -> db.AnnotationQuery:
    """Return a mark for each minute in which an alert of the service paged."""
    return _firing("Alerts that page", "red", "critical", of_service)


def warnings(of_service: str) -> db.AnnotationQuery:
    """Return the same for alerts that warn. They are many and last: shown when asked for."""
    return _firing("Warnings", "orange", "warning", of_service, on=False)


def _firing(
    name: str, color: str, severity: str, of_service: str, *, on: bool = True
) -> db.AnnotationQuery:
    narrowed = f", {of_service}" if of_service else ""
    expr = f'ALERTS{{alertstate="firing", severity="{severity}"{narrowed}}}'
    told = "{{severity}}, scope {{scope}}"
    return _marks(name, color, expr, "{{alertname}}", told, on=on).tag_keys("severity")


def starts(of_service: str) -> db.AnnotationQuery:
    """Return a mark where a process began: a deploy, or a crash."""
    selector = f"{{{of_service}}}" if of_service else ""
    expr = f"changes(process_start_time_seconds{selector}[2m]) > 0"
    return _marks("Starts and deploys", "blue", expr, "{{service}} started", "{{instance}}")
