"""The wrong changes themselves."""

from tests.mutation.rule_mutants import mutants

RULE = {
    "alert": "A",
    "expr": 'sum by (service) (rate(x_total{status="error",job=~"a|b"}[5m] offset 1d)) > 0.5',
    "for": "10m",
    "labels": {"scope": "s"},
}


def changes(rule: dict) -> set[str]:
    """Return what is changed in all mutants of a rule."""
    return {mutant.change for mutant in mutants(rule)}


def test_every_kind_of_change_is_made():
    """A limit, a comparison, a window, an offset, a `for` and each matcher are changed."""
    assert changes(RULE) == {
        "limit: 0.5 → 0.625",
        "limit: 0.5 → 0.4",
        "comparison: > → <",
        "window: [5m] → [10m]",
        "window: [5m] → [2m30s]",
        "window: offset 1d → offset 2d",
        "window: offset 1d → offset 12h",
        'matcher: {status="error",job=~"a|b"} → {status!="error",job=~"a|b"}',
        'matcher: {status="error",job=~"a|b"} → {job=~"a|b"}',
        'matcher: {status="error",job=~"a|b"} → {status="error",job!~"a|b"}',
        'matcher: {status="error",job=~"a|b"} → {status="error"}',
        "for: 10m → 20m",
        "for: 10m → 5m",
    }


def test_each_wrong_rule_differs_in_one_place_only():
    """A change leaves the rest of the rule as it was."""
    for mutant in mutants(RULE):
        differing = [key for key in RULE if mutant.rule[key] != RULE[key]]
        assert len(differing) == 1, mutant.change


def test_equal_places_are_told_apart():
    """The same number twice gives two different changes."""
    found = changes({"record": "r", "expr": "(a > 0) / (b > 0)"})

    assert {"limit: 0 → 1", "limit: 0 → 1 (place 2)"} <= found


def test_what_is_no_expression_any_more_is_left_out():
    """A selector that would match everything is not PromQL, so it is no wrong rule."""
    found = changes({"record": "r", "expr": '{job="a"} > 1'})

    assert not any(change.endswith("→ {}") for change in found)
