"""Runs the promtool cases against each wrong rule and tells which one no case notices."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue

import yaml

from tests.config.compose_files import ROOT
from tests.config.server_programs import run
from tests.mutation.alert_batch import SECONDS, noticed
from tests.mutation.rule_mutants import Rule, mutants
from tests.mutation.trial import Trial, rule_name

CASES = ROOT / "tests" / "rules"
RULES = ROOT / "prometheus"
#: A run of promtool keeps one core busy.
WORKERS = 2


def trials(only: str = "") -> Iterator[Trial]:
    """Yield every wrong rule of the committed files whose name contains `only`."""
    dependents = _dependents()
    texts = {path.name: path.read_text("utf-8") for path in sorted(CASES.glob("*_test.yml"))}
    for path in sorted([*RULES.glob("recording/*.yml"), *RULES.glob("alerts/*.yml")]):
        document = yaml.safe_load(path.read_text("utf-8"))
        for group in document["groups"]:
            for index, rule in enumerate(group["rules"]):
                name = rule_name(rule)
                if only not in name:
                    continue
                cases = _cases_of(rule, dependents, texts)
                for mutant in mutants(rule):
                    group["rules"][index] = mutant.rule
                    text = yaml.safe_dump(document, sort_keys=False, width=10**6)
                    where = str(path.relative_to(RULES))
                    yield Trial(where, name, mutant.change, mutant.rule, text, cases)
                group["rules"][index] = rule


def survivors(todo: list[Trial], folder: Path) -> Iterator[tuple[Trial, bool]]:
    """Run the trials; yield each with whether no case noticed it, in their order."""
    free: SimpleQueue[Path] = SimpleQueue()
    for number in range(WORKERS):
        free.put(_tree(folder / str(number)))

    def run_batch(batch: list[Trial]) -> list[tuple[Trial, bool]]:
        tree = free.get()
        try:
            if "alert" in batch[0].rule:
                found = noticed(batch, RULES, CASES, tree / "batch")
                return [(trial, trial.key not in found) for trial in batch]
            return [(trial, _survives(trial, tree)) for trial in batch]
        finally:
            free.put(tree)

    batches = [list(batch) for _, batch in groupby(todo, key=lambda trial: trial.name)]
    with ThreadPoolExecutor(WORKERS) as workers:
        for ended in workers.map(run_batch, batches):
            yield from ended


def _tree(folder: Path) -> Path:
    for part in ("alerts", "recording"):
        shutil.copytree(RULES / part, folder / "prometheus" / part)
    (folder / "tests" / "rules").mkdir(parents=True)
    for case in CASES.glob("*_test.yml"):
        shutil.copy(case, folder / "tests" / "rules")
    return folder


def _survives(trial: Trial, tree: Path) -> bool:
    target = tree / "prometheus" / trial.path
    shipped = (RULES / trial.path).read_text("utf-8")
    target.write_text(trial.text, "utf-8")
    try:
        return all(
            run(
                "promtool", "test", "rules", case, cwd=tree / "tests" / "rules", timeout=SECONDS
            ).returncode
            == 0
            for case in trial.cases
        )
    finally:
        target.write_text(shipped, "utf-8")


def _dependents() -> dict[str, set[str]]:
    """Return for each recorded series the names of all rules that read it, also through others."""
    rules = [
        rule
        for path in [*RULES.glob("recording/*.yml"), *RULES.glob("alerts/*.yml")]
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    records = {str(rule["record"]) for rule in rules if "record" in rule}
    readers: dict[str, set[str]] = {
        record: {
            str(rule.get("record") or rule["alert"])
            for rule in rules
            if record in str(rule["expr"])
        }
        for record in records
    }
    while True:
        wider = {
            record: names.union(*(readers.get(name, set()) for name in names))
            for record, names in readers.items()
        }
        if wider == readers:
            return readers
        readers = wider


def _cases_of(
    rule: Rule, dependents: dict[str, set[str]], texts: dict[str, str]
) -> tuple[str, ...]:
    name = str(rule.get("record") or rule["alert"])
    near = [case for case, text in texts.items() if name in text]
    names = dependents.get(name, set())
    far = [case for case, text in texts.items() if any(other in text for other in names)]
    # The short ones are quick, and mostly about the numbers.
    return tuple(dict.fromkeys(sorted(near, key=lambda case: len(texts[case])) + far))
