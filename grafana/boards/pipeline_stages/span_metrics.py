"""What Jaeger counts of every span, whether or not its trace is kept.

Its series have the name of a span, but not the library's kind of it; the kind is made of the name,
which the GenAI conventions fix.
"""

CALLS = "traces_span_metrics_calls_total"
DURATION = "traces_span_metrics_duration_milliseconds"
OF_SERVICE = 'service_name=~"$service"'
#: Kind of span → which names it has; what has none of them is a chain.
KINDS = {
    "agent": r"Agent\\..+|invoke_agent.*",
    "llm": r"(chat|text_completion|generate_content) .+",
    "tool": r"Tool\\..+|execute_tool.*",
    "memory": r"memory .+",
    "retrieval": r"retrieval .+",
    "embedding": r"embeddings? .+",
}
#: The spans inside a run: everything but agents and chains.
INNER = "|".join(names for kind, names in KINDS.items() if kind != "agent")
_WINDOW = "$__rate_interval"


def by_kind(metric: str, *also: str, selector: str = OF_SERVICE, function: str = "rate") -> str:
    """Return the summed rate (or increase) of a counter by ``kind``.

    Args:
        metric: of Jaeger's span metrics.
        also: labels that are kept beside the kind.
        selector: which spans.
        function: ``rate`` or ``increase``.
    """
    window = "$__range" if function == "increase" else _WINDOW
    expr = f"{function}({metric}{{{selector}}}[{window}])"
    expr = f'label_replace({expr}, "kind", "chain", "", "")'
    for kind, names in KINDS.items():
        expr = f'label_replace({expr}, "kind", "{kind}", "span_name", "{names}")'
    return f"sum by ({', '.join((*also, 'kind'))}) ({expr})"


def quantile(share: float, selector: str = OF_SERVICE) -> str:
    """Return a quantile of the spans' durations in milliseconds, by kind."""
    buckets = by_kind(f"{DURATION}_bucket", "le", selector=selector)
    return f"histogram_quantile({share:g}, {buckets}) > 0"


def average() -> str:
    """Return the mean duration in milliseconds, by kind."""
    return f"{by_kind(f'{DURATION}_sum')} / ({by_kind(f'{DURATION}_count')} > 0)"
