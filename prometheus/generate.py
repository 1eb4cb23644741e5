"""Write alerts/*.yml and recording/*.yml from thresholds.yml.

``python -m prometheus.generate`` writes the committed files; with ``--check`` it only compares
and exits 1 on a difference; ``--time-scale 0.1 --out DIR`` writes the same rules elsewhere with
`for` and windows a tenth as long, for live tests.
"""

import argparse
import sys
from pathlib import Path

import yaml

from prometheus import alert_links, recording_rules
from prometheus.alert_conditions import Condition, condition_of
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert, BadThresholdError, Thresholds, load

HERE = Path(__file__).parent
HEADER = "# DO NOT EDIT: written by prometheus/generate.py from thresholds.yml.\n"
_TOP = (
    "{{{{ with printf `topk(1, sum by ({label}) ({series}{{service=%q}}))` $labels.service"
    " | query }}}}"
    "{{{{ . | first | label `{label}` }}}}{{{{ else }}}}unknown{{{{ end }}}}"
)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that the files can be read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _top(label: str) -> str:
    return _TOP.format(label=label, series=recording_rules.COST_BY_TENANT_AND_MODEL)


def _annotations(alert: Alert, condition: Condition, scale: TimeScale) -> dict[str, str]:
    windows = {k: scale.window(v) for k, v in alert.settings.items() if k == "window"}
    description = alert.describe(
        {
            **alert.settings,
            **windows,
            "for": scale.hold(alert.hold),
            "top_tenant": _top("tenant_id"),
            "top_model": _top("model"),
        }
    )
    links = {
        "runbook_url": alert_links.runbook(alert),
        "dashboard_url": alert_links.dashboard(alert, of_agent=alert.severity != "none"),
    }
    if alert.severity != "none":  # the beat has no failing requests to show
        failures = condition.failures
        links["logs_url"] = alert_links.logs(condition.labels, failures=failures)
        links["traces_url"] = alert_links.traces(condition.labels, failures=failures)
    return {"summary": alert.summary, "description": description, **links}


def _alert_rule(alert: Alert, scale: TimeScale) -> dict[str, object]:
    condition = condition_of(alert, scale)
    labels = {"severity": alert.severity, "scope": alert.scope}
    if condition.service:
        labels["service"] = condition.service
    return {
        "alert": alert.name,
        "expr": condition.expr,
        "for": scale.hold(alert.hold),
        "labels": labels,
        "annotations": _annotations(alert, condition, scale),
    }


def _written(group: str, interval: str, rules: list[dict[str, object]]) -> str:
    document = {"groups": [{"name": group, "interval": interval, "rules": rules}]}
    return HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10**6)


def files(thresholds: Thresholds, scale: TimeScale) -> dict[str, str]:
    """Return every rule file, its path under prometheus/ → its text."""
    interval = scale.evaluation(thresholds.evaluation)
    out = {
        f"recording/{name}.yml": _written(
            f"{name}-recorded", interval, [{"record": r.name, "expr": r.expr} for r in records]
        )
        for name, records in recording_rules.groups(scale).items()
    }
    for group in dict.fromkeys(alert.group for alert in thresholds.alerts):
        rules = [_alert_rule(a, scale) for a in thresholds.alerts if a.group == group]
        out[f"alerts/{group}.yml"] = _written(group, interval, rules)
    return out


def drift(wanted: dict[str, str], root: Path) -> list[str]:
    """Return the paths under a directory whose text is not the wanted one, or not wanted."""
    there = {str(p.relative_to(root)) for d in ("alerts", "recording") for p in root.glob(f"{d}/*")}
    differing = [
        path
        for path, text in wanted.items()
        if path not in there or (root / path).read_text("utf-8") != text
    ]
    return sorted({*differing, *(there - wanted.keys())})


def write(wanted: dict[str, str], root: Path) -> None:
    """Make a directory's rule files the wanted ones; others in its two folders are removed."""
    for stale in set(drift(wanted, root)) - wanted.keys():
        (root / stale).unlink()
    for path, text in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def _factor(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and at most 1")
    return value


def main(arguments: list[str] | None = None) -> int:
    """Write or check the rule files; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the Prometheus rules.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    parser.add_argument(
        "--time-scale", type=_factor, default=1.0, metavar="FACTOR",
        help="multiply `for` and windows by this (0.1: a tenth)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=HERE, help="directory to write to")
    parser.add_argument("--thresholds", type=Path, default=HERE / "thresholds.yml")
    given = parser.parse_args(arguments)
    if given.time_scale != 1 and given.out.resolve() == HERE:
        parser.error("--time-scale needs --out: the committed rules are never scaled")
    try:
        wanted = files(load(given.thresholds), TimeScale(given.time_scale))
    except BadThresholdError as error:
        print(f"{given.thresholds}: {error}", file=sys.stderr)
        return 2
    if given.check:
        differing = drift(wanted, given.out)
        for path in differing:
            print(f"{given.out / path}: run python -m prometheus.generate", file=sys.stderr)
        return 1 if differing else 0
    write(wanted, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
