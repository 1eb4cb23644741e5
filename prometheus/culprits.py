"""Queries in an annotation that name the worst of what an alert sums over."""

from prometheus.recorded import cost, requests

_TOP = (
    "{{{{ with printf `topk(1, sum by ({label}) ({series}{{service=%q}}) > 0)` $labels.service"
    " | query }}}}"
    "{{{{ . | first | label `{label}` }}}}{{{{ else }}}}unknown{{{{ end }}}}"
)
#: Placeholder → the label whose worst value is told, and the series that is summed by it.
_CULPRITS = {
    "top_tenant": ("tenant_id", cost.BY_TENANT_AND_MODEL),
    "top_model": ("model", cost.BY_TENANT_AND_MODEL),
    "top_endpoint": ("endpoint", requests.HTTP_ERRORS_BY_ENDPOINT),
}


def culprits() -> dict[str, str]:
    """Return the template of each placeholder."""
    return {
        name: _TOP.format(label=label, series=series) for name, (label, series) in _CULPRITS.items()
    }
