"""All wrong versions of one alert in one run of promtool, each under a name of its own.

promtool spends its time on reading the series and on each step, hardly on one rule more; so the
wrong versions `Alert__0`, `Alert__1` … stand side by side, and each case asks for each of them.
"""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from tests.config.server_programs import run
from tests.mutation.rule_mutants import Rule
from tests.mutation.trial import Trial, rule_name

Document = dict[str, Any]

#: A month of an alert in eighty versions takes minutes.
SECONDS = 1800


class _AsWritten(yaml.BaseLoader):
    """Reads every value as the text that stands there: `0x60` is no number to promtool."""


class _Unquoted(yaml.SafeDumper):
    """Writes such texts as they stood, a number without quotation marks."""

    yaml_implicit_resolvers: ClassVar[dict[str, object]] = {}


def noticed(trials: list[Trial], rules: Path, cases: Path, folder: Path) -> set[str]:
    """Return the keys of those wrong versions of one alert that a case notices.

    Args:
        trials: wrong versions of the same alert of the same scope.
        rules: directory with alerts/ and recording/.
        cases: directory of the case files, two levels below the directory that `rules` is in.
        folder: a directory to work in, which is overwritten.
    """
    alert = trials[0].name.partition("/")[0]
    named = {f"{alert}__{number}": trial for number, trial in enumerate(trials)}
    for path in [*rules.glob("recording/*.yml"), *rules.glob("alerts/*.yml")]:
        document = yaml.safe_load(path.read_text("utf-8"))
        for group in document["groups"]:
            group["rules"] = [kept for rule in group["rules"] for kept in _kept(rule, alert, named)]
        _write(folder / "prometheus" / path.relative_to(rules), yaml.safe_dump(document))
    found: set[str] = set()
    for case in trials[0].cases:
        document = yaml.load((cases / case).read_text("utf-8"), Loader=_AsWritten)
        tests = [_asked(test, alert, list(named)) for test in document["tests"]]
        document["tests"] = [test for test in tests if test]
        if document["tests"]:
            target = folder / "tests" / "rules" / case
            _write(target, yaml.dump(document, Dumper=_Unquoted, width=10**6))
            ended = run("promtool", "test", "rules", case, cwd=target.parent, timeout=SECONDS)
            said = ended.stdout + ended.stderr
            wrong = set(re.findall(rf"\b{alert}__\d+\b", said))
            if ended.returncode and not wrong:
                raise ValueError(f"{case}: {said[-2000:]}")
            found |= {named[name].key for name in wrong}
    return found


def _kept(rule: Rule, alert: str, named: dict[str, Trial]) -> list[Rule]:
    """Return what stands in place of a rule: of the alerts only this one, in all its versions."""
    if "record" in rule:
        return [rule]
    if rule["alert"] != alert:
        return []
    return [
        {**(trial.rule if rule_name(rule) == trial.name else rule), "alert": name}
        for name, trial in named.items()
    ]


def _asked(test: Document, alert: str, names: list[str]) -> Document | None:
    """Return a test that asks of each version what it asked of the alert; None if nothing."""
    alerts = [item for item in test.get("alert_rule_test", []) if item["alertname"] == alert]
    quoted = f'"{alert}"'
    values = [item for item in test.get("promql_expr_test", []) if quoted in item["expr"]]
    if not alerts and not values:
        return None
    return {
        **{key: value for key, value in test.items() if not key.endswith("_test")},
        "alert_rule_test": [{**item, "alertname": name} for item in alerts for name in names],
        "promql_expr_test": [
            {**item, "expr": item["expr"].replace(quoted, f'"{name}"')}
            for item in values
            for name in names
        ],
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
