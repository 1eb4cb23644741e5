"""What docs/simulator.md says is true."""

import contextlib
import io
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

from example_app.simulator import SimulatorSettings
from example_app.simulator.faults import FAULT_KINDS

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "simulator.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def rows(heading):
    """The cells of the first table under a heading, without its head."""
    part = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("package", ["openai", "anthropic"])
def test_the_packages_named_are_those_that_were_exercised(package):
    """The versions in the page are the installed ones, which are those of the lock file."""
    (named,) = re.findall(rf"`{package}` (\d[\w.]*)", TEXT)
    locked = {p["name"]: p for p in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]}
    assert named == version(package) == locked[package]["version"]


@pytest.mark.parametrize("example", EXAMPLES, ids=["openai", "anthropic"])
def test_the_examples_run(client, example):
    """Each example, pointed at a running simulator, prints an answer."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        scope = {}
        exec(example.replace("http://127.0.0.1:8090", client.root), scope)
        scope["client"].close()
    assert said.getvalue().strip() == "Hello! How can I help you today?"


def test_every_endpoint_named_is_there(client):
    """No path of the table is unknown to the simulator."""
    paths = re.findall(r"`(GET|POST) (/v1/[^`]*)`", " ".join(row[1] for row in rows("Formats")))
    assert len(paths) == 8
    for method, path in paths:
        url = client.root + path.replace("{name}", "gpt-4o")
        assert requests.request(method, url, timeout=10).status_code == 401


def test_every_fault_is_told_with_its_numbers():
    """The table of faults has each fault, its parameters and their defaults."""
    told = {row[0].strip("`"): row[2] for row in rows("Faults")}
    assert list(told) == [kind.name for kind in FAULT_KINDS]
    for kind in FAULT_KINDS:
        numbers = re.findall(r"`(\w+)`[^(,|]*\(([\d.]+)\)", told[kind.name])
        assert {name: float(value) for name, value in numbers} == {
            name: parameter.default for name, parameter in kind.parameters.items()
        }


def test_every_setting_is_told_with_its_default():
    """The table of variables has each setting and the default that holds without it."""
    fields = {str(f.validation_alias): f for f in SimulatorSettings.model_fields.values()}
    told = {row[0].strip("`"): row[1] for row in rows("Start it")}
    assert told.keys() == fields.keys()
    for name, field in fields.items():
        default = told[name].partition(":")[0]
        shown = (
            "none"
            if field.default == ""
            else f"{field.default:g}"
            if isinstance(field.default, int | float)
            else field.default
        )
        assert default == str(shown)
