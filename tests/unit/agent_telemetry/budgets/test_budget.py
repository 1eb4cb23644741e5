"""Budgets as they are written down: accepted, or refused at start by name."""

import json
from pathlib import Path

import pytest

from agent_telemetry import BudgetExceeded, ConfigurationError, Settings
from agent_telemetry.budgets.budget import Budget
from agent_telemetry.budgets.budget_file import load_budgets

TOML = """
[[budget]]
name = "acme-day"
limit_usd = 12.5
scope = "tenant"
key = "acme"
mode = "block"

[[budget]]
name = "each-run"
limit_usd = "0.10"
scope = "run"
"""


def test_a_file_of_budgets_is_in_force(make_stack, tmp_path) -> None:
    """Budgets of a TOML file appear in a scrape, with their defaults filled in."""
    path = tmp_path / "budgets.toml"
    path.write_text(TOML)
    stack = make_stack(budgets_file=path)
    limit = stack.registry.get_sample_value
    assert limit("agent_budget_limit_usd", {"budget": "acme-day", "window": "day"}) == 12.5
    assert limit("agent_budget_limit_usd", {"budget": "each-run", "window": "run"}) == 0.1
    assert [(each["mode"], each["key"]) for each in stack.budgets.report()] == [
        ("block", "acme"),
        ("warn", None),
    ]


def test_json_says_the_same(tmp_path) -> None:
    """A JSON file gives the same budgets as a TOML file."""
    (tmp_path / "b.toml").write_text(TOML)
    rows = [
        {"name": "acme-day", "limit_usd": 12.5, "scope": "tenant", "key": "acme", "mode": "block"},
        {"name": "each-run", "limit_usd": "0.10", "scope": "run"},
    ]
    (tmp_path / "b.json").write_text(json.dumps({"budget": rows}))
    assert load_budgets(tmp_path / "b.toml") == load_budgets(tmp_path / "b.json")


def test_a_budget_from_a_file_blocks(make_stack, tmp_path) -> None:
    """A budget of the file refuses calls like one of the code."""
    path = tmp_path / "budgets.toml"
    path.write_text('[[budget]]\nname = "all"\nlimit_usd = 0.000001\nmode = "block"\n')
    stack = make_stack(budgets_file=path)
    with stack.llm("gpt-4o") as call:
        call.usage(input=1000, output=1)
    with pytest.raises(BudgetExceeded), stack.llm("gpt-4o"):
        pytest.fail("the call was made")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("b.toml", "[[budget]\n", "Expected"),
        ("b.toml", "", "must hold a list `budget`"),
        ("b.toml", "budget = 3\n", "must hold a list `budget`"),
        ("b.toml", '[[budgets]]\nname = "x"\nlimit_usd = 1\n', "must hold a list `budget`"),
        ("b.toml", "[[budget]]\nlimit_usd = 1\n", "lacks name"),
        ("b.toml", '[[budget]]\nname = "x"\n', "lacks limit_usd"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1\nwindw = "day"\n', "no windw"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = -1\n', "above 0"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = nan\n', "above 0"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = true\n', "above 0"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = "much"\n', "above 0"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1e9\n', "above 0, to 9000000"),
        ("b.toml", '[[budget]]\nname = ""\nlimit_usd = 1\n', "not empty"),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1\nscope = "team"\n', "all, tenant"),
        (
            "b.toml",
            '[[budget]]\nname = "x"\nlimit_usd = 1\nmode = "stop"\n',
            "observe, warn, block",
        ),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1\nwindow = "week"\n', "run, hour, day"),
        (
            "b.toml",
            '[[budget]]\nname = "x"\nlimit_usd = 1\nkey = "acme"\n',
            "tenant, user or agent",
        ),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1\nscope = ["run"]\n', "all, tenant"),
        (
            "b.toml",
            '[[budget]]\nname = "x"\nlimit_usd = 1\nscope = "run"\nwindow = "day"\n',
            "accepted: run",
        ),
        ("b.toml", '[[budget]]\nname = "x"\nlimit_usd = 1\n' * 2, "more than one budget x"),
        ("b.json", "[1]", "must hold a list `budget`"),
        ("b.json", '{"budget": [1]}', "1 is no budget"),
        ("b.json", "{", "Expecting"),
        ("b.yaml", "budget: []", "neither in .toml nor in .json"),
    ],
)
def test_a_wrong_file_is_named_at_start(make_stack, tmp_path, name, text, reason) -> None:
    """A file that is wrong stops the start; the message names variable, file and reason."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        make_stack(budgets_file=tmp_path / name)
    assert "AGENT_TELEMETRY_BUDGETS_FILE" in str(caught.value)
    assert name in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_file_is_named_at_start(make_stack) -> None:
    """A path that leads nowhere stops the start."""
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_BUDGETS_FILE"):
        make_stack(budgets_file=Path("nowhere.toml"))


def test_the_variable_is_read() -> None:
    """AGENT_TELEMETRY_BUDGETS_FILE and AGENT_TELEMETRY_STATE_DIR reach the settings."""
    env = {"AGENT_TELEMETRY_BUDGETS_FILE": "b.toml", "AGENT_TELEMETRY_STATE_DIR": "state"}
    settings = Settings.from_env("a", env)
    assert settings.budgets_file == Path("b.toml")
    assert settings.state_dir == Path("state")


def test_two_budgets_of_one_name_are_refused(stack) -> None:
    """A second budget of the same name is an error, not a silent replacement."""
    stack.budget("day", limit_usd=1)
    with pytest.raises(ConfigurationError, match="day"):
        stack.budget("day", limit_usd=2)


def test_the_number_of_budgets_is_bounded(stack) -> None:
    """The hundred and first budget is refused: each is a series of its own."""
    for number in range(100):
        stack.budget(f"b{number}", limit_usd=1)
    with pytest.raises(ConfigurationError, match="at most 100"):
        stack.budget("one-more", limit_usd=1)


def test_windows_follow_the_scope() -> None:
    """Runs have the window `run`, everything else a day."""
    assert Budget("a", limit_usd=1).window == "day"
    assert Budget("a", limit_usd=1, scope="run").window == "run"
