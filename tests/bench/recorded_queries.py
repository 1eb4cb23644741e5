"""What a panel's query would be without the recording rules: each recorded series by its rule."""

import re
from collections.abc import Iterable

from tests.config.promql_names import asked_by
from tests.config.rule_files import records
from tests.rules.known_series import known

#: Longer windows are not computed for the past: a day's would read each sample 1440 times.
_WINDOWS = {"5m", "1h"}


def rules_over(metrics: Iterable[str]) -> dict[str, str]:
    """Return the recorded series that can be computed from some metrics alone, and their rules.

    Args:
        metrics: names of raw series.
    """
    raw, found = set(metrics), {}
    for rule in records():
        windows = set(re.findall(r"\[(\w+)\]", rule["expr"]))
        same = [one for one in records() if one["record"] == rule["record"]]
        asked = asked_by(rule["expr"]).metrics
        if len(same) == 1 and asked and asked <= raw and windows <= _WINDOWS:
            found[rule["record"]] = rule["expr"].strip()
    return found


def without_recording(expr: str, rules: dict[str, str]) -> str:
    """Return a query that reads raw series instead of those that rules record.

    What a recorded series is narrowed by narrows the raw ones, where they have the label.

    Args:
        expr: PromQL.
        rules: recorded series → the expression of its rule.
    """
    for name, rule in rules.items():
        selector = re.compile(rf"(?<![\w:]){re.escape(name)}(?![\w:])(?:\{{([^}}]*)\}})?")
        expr = selector.sub(lambda found, rule=rule: f"({_narrowed(rule, found[1] or '')})", expr)
    return expr


def _narrowed(rule: str, matchers: str) -> str:
    wanted = re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"', matchers)
    texts = dict(zip(wanted, re.findall(r'\w+\s*(?:=~|!~|!=|=)\s*"[^"]*"', matchers), strict=True))
    for metric in sorted(asked_by(rule).metrics):
        there = known()[metric]
        added = ", ".join(text for label, text in texts.items() if label in there)
        selector = re.compile(rf"(?<![\w:]){metric}(?![\w:])(?:\{{([^}}]*)\}})?")
        rule = selector.sub(
            lambda found, added=added, metric=metric: (
                f"{metric}{{{', '.join(x for x in (found[1], added) if x)}}}"
            ),
            rule,
        )
    return rule
