"""Queries in an annotation that tell what an objective promises."""

from prometheus.objectives.recorded_groups import BOUND, BUDGET, OBJECTIVE

_VALUE = (
    "{{{{ with printf `{series}{{slo=%q}}` $labels.slo | query }}}}"
    "{{{{ . | first | value | {form} }}}}{{{{ else }}}}?{{{{ end }}}}"
)


def placeholders() -> dict[str, str]:
    """Return the template of each placeholder."""
    return {
        "objective": _VALUE.format(series=OBJECTIVE, form="humanizePercentage"),
        "bound": _VALUE.format(series=BOUND, form="humanizeDuration"),
        "budget": _VALUE.format(series=BUDGET, form="printf `%.0f USD`"),
    }
