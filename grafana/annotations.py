"""The marks on every graph: when alerts fired, and when the agent was started anew."""

from grafana_foundation_sdk.builders import dashboard as db

from grafana.data_sources import PROMETHEUS


def _marks(name: str, color: str, expr: str, title: str, text: str) -> db.AnnotationQuery:
    return (
        db.AnnotationQuery()
        .name(name)
        .datasource(PROMETHEUS)
        .enable(True)  # noqa: FBT003 -- the SDK's switches are positional
        .icon_color(color)
        .placement(None)
        .expr(expr)
        .step("60s")
        .title_format(title)
        .text_format(text)
    )


def firing_alerts(of_service: str) -> db.AnnotationQuery:
    """Return a mark for each minute in which an alert of the service fired."""
    narrowed = f", {of_service}" if of_service else ""
    expr = f'ALERTS{{alertstate="firing", severity=~"critical|warning"{narrowed}}}'
    return _marks(
        "Firing alerts", "red", expr, "{{alertname}}", "{{severity}}, scope {{scope}}"
    ).tag_keys("severity")


def starts(of_service: str) -> db.AnnotationQuery:
    """Return a mark where a process began: a deploy, or a crash."""
    selector = f"{{{of_service}}}" if of_service else ""
    expr = f"changes(process_start_time_seconds{selector}[2m]) > 0"
    return _marks("Starts and deploys", "blue", expr, "{{service}} started", "{{instance}}")
