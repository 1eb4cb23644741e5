# ruff: noqa: FBT003 -- the SDK's switches are positional
"""Lists that Grafana fills itself: alerts, dashboards. They ask no data source."""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.builders import dashboardlist

from grafana.panel_kinds.words import Words


def alert_list(panel_id: int, words: Words) -> db.Panel:
    """Return the alerts of the chosen services that fire or are about to, worst first.

    They are those of every data source that has rules: Prometheus, and Loki's ruler.

    The SDK has no builder for it, so its options are written as Grafana stores them.
    """
    options = {
        "viewMode": "list",
        "groupMode": "custom",
        "groupBy": ["severity", "service"],
        "maxItems": 20,
        "sortOrder": 3,  # by importance
        "dashboardAlerts": False,
        "alertName": "",
        "alertInstanceLabelFilter": '{severity!="none", service=~"${service:regex}"}',
        "showInactiveAlerts": False,
        "showInstances": True,
        "stateFilter": {
            "firing": True, "pending": True, "recovering": True,
            "noData": False, "normal": False, "error": True,
        },
    }  # fmt: skip
    return (
        db.Panel()
        .type("alertlist")
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .unit("none")
        .options(options)
        .span(12)
        .height(9)
    )


def dashboard_list(panel_id: int, words: Words, tag: str) -> dashboardlist.Panel:
    """Return links to every dashboard of a tag, which keep time and variables."""
    return (
        dashboardlist.Panel()
        .id(panel_id)
        .title(words.title)
        .description(words.description)
        .no_value(words.no_value)
        .unit("none")
        .show_search(True)
        .show_starred(False)
        .show_recently_viewed(False)
        .show_headings(False)
        .show_folder_names(False)
        .keep_time(True)
        .include_vars(True)
        .max_items(50)
        .tags([tag])
        .span(12)
        .height(9)
    )
