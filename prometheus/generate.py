"""Write alerts/*.yml and recording/*.yml from thresholds.yml, also those of each preset.

The alerts of the group `logs` go to Loki's ruler, ../loki/rules/fake/, or `loki/fake/` below --out.

``python -m prometheus.generate`` writes the committed files; with ``--check`` it only compares
and exits 1 on a difference; ``--time-scale 0.1 --out DIR`` writes the same rules elsewhere with
`for` and windows a tenth as long, for live tests, ``--preset NAME --out DIR`` those of a preset.
"""

import argparse
import sys
from pathlib import Path

import yaml

from prometheus import alert_links, conditions, objectives, recorded
from prometheus.alert_texts import texts
from prometheus.bad_rule import BadRuleError
from prometheus.conditions import logs
from prometheus.culprits import culprits
from prometheus.durations import TimeScale
from prometheus.recorded.record import Record
from prometheus.thresholds import Alert, Thresholds, is_duration, load

HERE = Path(__file__).parent
PRESETS = HERE / "presets"
LOKI = HERE.parent / "loki" / "rules"
#: What a directory of rules may have; nothing else is removed or missed in it.
FOLDERS = ("alerts", "recording", "fake")
HEADER = "# DO NOT EDIT: written by prometheus/generate.py from thresholds.yml.\n"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that the files can be read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _annotations(alert: Alert, condition: conditions.Condition, scale: TimeScale) -> dict[str, str]:
    text = texts().get(alert.key)
    if text is None:
        raise BadRuleError(f"{alert.key}: there is no text in alert_texts/")
    windows = {k: scale.window(v) for k, v in alert.settings.items() if is_duration(k)}
    hold = {"for": scale.hold(alert.hold)}
    links = {
        "runbook_url": alert_links.runbook(alert),
        "dashboard_url": alert_links.dashboard(alert, condition),
    }
    if alert.severity != "none":  # the beat has no failing requests to show
        links["logs_url"] = alert_links.logs(condition)
        links["traces_url"] = alert_links.traces(condition)
    description = text.describe(
        {**objectives.placeholders(), **alert.settings, **windows, **hold, **culprits()}
    )
    return {"summary": text.summary, "description": description, **links}


def _alert_rule(alert: Alert, scale: TimeScale) -> dict[str, object]:
    condition = conditions.build(alert, scale)
    labels = {"severity": alert.severity, "scope": alert.scope}
    if condition.service:
        labels["service"] = condition.service
    keep = {"keep_firing_for": scale.hold(alert.keep)} if alert.keep else {}
    return {
        "alert": alert.name,
        "expr": condition.expr,
        "for": scale.hold(alert.hold),
        **keep,
        "labels": labels,
        "annotations": _annotations(alert, condition, scale),
    }


def _recording_rule(record: Record) -> dict[str, object]:
    labels = {"labels": dict(record.labels)} if record.labels else {}
    return {"record": record.name, "expr": record.expr, **labels}


def _written(group: str, interval: str, rules: list[dict[str, object]]) -> str:
    document = {"groups": [{"name": group, "interval": interval, "rules": rules}]}
    return HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10**6)


def files(thresholds: Thresholds, scale: TimeScale) -> dict[str, str]:
    """Return every rule file, its path under the directory it is written to → its text."""
    out = {
        f"recording/{name}.yml": _written(
            f"{name}-recorded",
            scale.evaluation(thresholds.interval("default")),
            [_recording_rule(record) for record in records],
        )
        for name, records in recorded.groups(scale).items()
    }
    for name, records in objectives.groups(thresholds.objectives, scale).items():
        rules = [_recording_rule(record) for record in records]
        interval = scale.evaluation(objectives.EVALUATION)
        out[f"recording/{name}.yml"] = _written(f"{name}-recorded", interval, rules)
    for group in dict.fromkeys(alert.group for alert in thresholds.alerts):
        if group != logs.GROUP:
            out[f"alerts/{group}.yml"] = _alert_file(group, thresholds, scale)
    return out


def loki_files(thresholds: Thresholds, scale: TimeScale) -> dict[str, str]:
    """Return every rule file of Loki's ruler; `fake` is its tenant when auth is off."""
    return {f"fake/{logs.GROUP}.yml": _alert_file(logs.GROUP, thresholds, scale)}


def _alert_file(group: str, thresholds: Thresholds, scale: TimeScale) -> str:
    rules = [_alert_rule(alert, scale) for alert in thresholds.alerts if alert.group == group]
    return _written(group, scale.evaluation(thresholds.interval(group)), rules)


def drift(wanted: dict[str, str], root: Path) -> list[str]:
    """Return the paths under a directory whose text is not the wanted one, or not wanted."""
    there = {str(p.relative_to(root)) for d in FOLDERS for p in root.glob(f"{d}/*")}
    differing = [
        path
        for path, text in wanted.items()
        if path not in there or (root / path).read_text("utf-8") != text
    ]
    return sorted({*differing, *(there - wanted.keys())})


def write(wanted: dict[str, str], root: Path) -> None:
    """Make a directory's rule files the wanted ones; others in its folders are removed."""
    for stale in set(drift(wanted, root)) - wanted.keys():
        (root / stale).unlink()
    for path, text in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def presets() -> list[str]:
    """Return the names of the presets."""
    return sorted(path.stem for path in PRESETS.glob("*.yml"))


def _factor(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and at most 1")
    return value


def _loaded(given: argparse.Namespace, preset: str) -> Thresholds:
    return load(given.thresholds, PRESETS / f"{preset}.yml" if preset else None)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the rule files; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the Prometheus rules.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    parser.add_argument(
        "--time-scale", type=_factor, default=1.0, metavar="FACTOR",
        help="multiply `for` and windows by this (0.1: a tenth)",
    )  # fmt: skip
    parser.add_argument("--preset", choices=presets(), default="", help="the rules of one preset")
    parser.add_argument("--out", type=Path, help="directory to write to")
    parser.add_argument("--thresholds", type=Path, default=HERE / "thresholds.yml")
    given = parser.parse_args(arguments)
    if given.out is None and (given.time_scale != 1 or given.preset):
        parser.error("--time-scale and --preset need --out: the committed rules are all or none")
    scale = TimeScale(given.time_scale)
    # Without --out: the committed files, those of each preset in a directory of its own.
    places = (
        {given.out: given.preset} if given.out else {HERE: ""} | {PRESETS / n: n for n in presets()}
    )
    # Loki reads one directory, whatever the preset.
    loki = (given.out / "loki", given.preset) if given.out else (LOKI, "")
    try:
        wanted = {out: files(_loaded(given, name), scale) for out, name in places.items()}
        wanted[loki[0]] = loki_files(_loaded(given, loki[1]), scale)
    except BadRuleError as error:
        print(f"{given.thresholds}: {error}", file=sys.stderr)
        return 2
    if not given.check:
        for out, texts_of_files in wanted.items():
            write(texts_of_files, out)
        return 0
    differing = [out / path for out, of in wanted.items() for path in drift(of, out)]
    for path in differing:
        print(f"{path}: run python -m prometheus.generate", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
