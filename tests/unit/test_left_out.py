"""REQUIRE_STACK=1 and tests/left_out.toml."""

import ast
from pathlib import Path

import pytest

from tests.left_out import read_list

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

_TESTS = """
import pytest

def test_runs():
    pass

def test_left_out():
    pytest.skip("no engine")

@pytest.fixture
def engine():
    pytest.skip("no engine either")

def test_left_out_by_its_fixture(engine):
    pass
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """A small suite with the plug-in and a list of its own."""
    # The inner run shall not shuffle, nor read this repository's settings.
    monkeypatch.syspath_prepend(str(ROOT))

    def run(*names: str):
        entries = "".join(f"    {name!r}: LeftOut({name!r}, 'why'),\n" for name in names)
        pytester.makeconftest(
            "from tests.left_out import LeftOut, RequireStack\n"
            "def pytest_configure(config):\n"
            f"    config.pluginmanager.register(RequireStack({{\n{entries}    }}))\n"
        )
        pytester.makepyfile(test_suite=_TESTS)
        return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    return run


def test_left_out_is_a_failure(suite):
    """Each test that is left out, by itself or by what it needs, fails with its reason."""
    result = suite()
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 1
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 2
    result.stdout.fnmatch_lines(["*left out: *no engine*"])


def test_listed_test_may_be_left_out(suite):
    """A listed test that is left out is no failure."""
    result = suite("test_suite.py::test_left_out", "test_suite.py::test_left_out_by_its_fixture")
    assert result.parseoutcomes() == {"passed": 1, "skipped": 2}


def test_listed_test_that_runs_is_a_failure(suite):
    """A listed test that could run is a failure: the list must shrink."""
    everything = [
        "test_suite.py::test_runs",
        "test_suite.py::test_left_out",
        "test_suite.py::test_left_out_by_its_fixture",
    ]
    result = suite(*everything)
    assert result.parseoutcomes() == {"failed": 1, "skipped": 2}
    result.stdout.fnmatch_lines(["*left_out.toml*"])


def test_every_listed_test_exists():
    """No entry names a test that was renamed or removed."""
    for test in read_list():
        file, name = test.split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name.split("[")[0] in functions, test


@pytest.mark.parametrize(
    "text",
    [
        '[[left_out]]\ntest = "a"\n',
        '[[left_out]]\ntest = "a"\nreason = ""\n',
        '[[left_out]]\ntest = "a"\nreason = "b"\nextra = "c"\n',
        '[[left_out]]\ntest = "a"\nreason = "b"\n' * 2,
    ],
)
def test_list_without_reason_is_refused(tmp_path, text):
    """An entry needs a test and a reason, and stands there once."""
    file = tmp_path / "left_out.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"left_out\.toml"):
        read_list(file)
