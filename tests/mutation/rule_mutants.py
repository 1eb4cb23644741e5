"""Small wrong changes of a rule: of a limit, a comparison, a `for`, a window, a label matcher.

A rule's tests are worth something when each of these changes makes one of them fail (mutation
testing: DeMillo, Lipton, Sayward, "Hints on Test Data Selection", 1978).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser

from prometheus import durations

Rule = dict[str, object]

#: What an expression is made of, as far as it is changed. Whatever else stands there is kept.
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*")"""
    r"""|(?P<braces>\{[^}]*\})"""
    r"""|(?P<window>\[\s*[0-9a-z]+(?::[0-9a-z]*)?\s*\])"""
    r"""|(?P<offset>offset\s+[0-9a-z]+)"""
    r"""|(?P<comparison>>=|<=|==|!=|>|<)"""
    r"""|(?P<word>[A-Za-z_:][A-Za-z0-9_:]*)"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"""
)
_DURATION = re.compile(r"[0-9]+(?:ms|[smhdw])(?:[0-9]+(?:ms|[smhdw]))*")
_MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")\s*')
_OTHER_MATCH = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_OTHER_COMPARISON = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule with one wrong change.

    Attributes:
        rule: the changed rule, ready to be written.
        change: what was changed, as `kind: old → new`, with which of the equal places it was.
    """

    rule: Rule
    change: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield the rule with each change, one at a time, as far as PromQL understands the result."""
    expression = str(rule["expr"])
    for change, changed in _expressions(expression):
        if changed != expression and _valid(changed):
            yield Mutant({**rule, "expr": changed}, change)
    if "alert" in rule:
        yield from _times(rule)


def _times(rule: Rule) -> Iterator[Mutant]:
    for key in ("for", "keep_firing_for"):
        held = durations.seconds(str(rule.get(key, "0s")))
        if held:
            for other in (durations.written(held * 2), durations.written(held // 2)):
                yield Mutant({**rule, key: other}, f"{key}: {rule[key]} → {other}")
        elif key in rule:
            yield Mutant({**rule, key: "5m"}, f"{key}: {rule[key]} → 5m")


def _expressions(expression: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for token in _TOKEN.finditer(expression):
        kind = str(token.lastgroup)
        for what, new in _changes(kind, token[0]):
            label = f"{what}: {token[0]} → {new}"
            seen[label] = seen.get(label, 0) + 1
            nth = f" (place {seen[label]})" if seen[label] > 1 else ""
            yield label + nth, expression[: token.start()] + new + expression[token.end() :]


def _changes(kind: str, text: str) -> Iterator[tuple[str, str]]:
    if kind in ("window", "offset"):
        for factor in (2, 0.5):
            yield "window", _DURATION.sub(lambda found: _scaled(found[0], factor), text)  # noqa: B023
    elif kind == "comparison":
        yield "comparison", _OTHER_COMPARISON[text]
    elif kind == "number":
        number = float(text)
        for new in (number * 1.25, number * 0.8) if number else (1,):
            yield "limit", f"{new:.10g}"
    elif kind == "braces":
        yield from _matchers(text)


def _scaled(duration: str, factor: float) -> str:
    return durations.written(max(1, round(durations.seconds(duration) * factor)))


def _matchers(braces: str) -> Iterator[tuple[str, str]]:
    found = list(_MATCHER.finditer(braces))
    whole = [f"{name}{match}{value}" for name, match, value in (one.groups() for one in found)]
    for index, one in enumerate(found):
        name, match, value = one.groups()
        other = f"{name}{_OTHER_MATCH[match]}{value}"
        for new in ([other], []):
            kept = [*whole[:index], *new, *whole[index + 1 :]]
            yield "matcher", "{" + ",".join(kept) + "}"


def _valid(expression: str) -> bool:
    try:
        promql_parser.parse(expression)
    except ValueError:
        return False
    return True
