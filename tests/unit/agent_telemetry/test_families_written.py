"""No metric is only a name: each family is written by something that is shipped."""

import ast
from pathlib import Path

import pytest

from agent_telemetry import FAMILIES

ROOT = Path(__file__).parents[3]
LIBRARY = ROOT / "src" / "agent_telemetry"
APP = ROOT / "example_app"

#: What the library cannot know; the application says it.
FED_BY_THE_APP = {
    "agent_queue_length": "the pool is the application's",
    "agent_queue_wait_seconds": "the pool is the application's",
    "agent_conversions_total": "only the application knows its goals",
    "agent_user_actions_total": "only the application sees feedback",
    "agent_data_accuracy_ratio": "the benchmark is the application's",
}

#: Code that names families because it reads them.
READERS = {"snapshot_reader.py"}


def words(folder: Path) -> set[str]:
    """Return the string constants of a folder's code, without docstrings, catalogue and readers."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        if path.parent.name == "catalogue" or path.name in READERS:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        told = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in told
        }
    return found


@pytest.fixture(scope="module")
def in_library() -> set[str]:
    """What the library's code names."""
    return words(LIBRARY)


@pytest.mark.parametrize("name", FAMILIES)
def test_family_is_written(name, in_library) -> None:
    """The library writes it, or the sample application where only that can know."""
    if name in FED_BY_THE_APP:
        assert name in words(APP)
    else:
        assert name in in_library


def test_list_has_only_what_the_library_does_not_write(in_library) -> None:
    """Whoever begins to write a listed family takes it off the list."""
    assert FED_BY_THE_APP.keys() <= FAMILIES.keys()
    assert not FED_BY_THE_APP.keys() & in_library


def test_families_read_at_scrape_have_a_source(stack) -> None:
    """What is marked as read at scrape has somebody who reads it; nothing is read in vain."""
    shown = {family.name for family in stack.registry.collect()}
    for name, family in FAMILIES.items():
        if family.scraped:
            assert name.removesuffix("_total") in shown, name
