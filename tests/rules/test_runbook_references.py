"""Whatever a runbook points at exists: pages, files, commands, services, variables, metrics."""

import re

import pytest
import yaml

from agent_telemetry.catalogue import FAMILIES
from example_app.incidents import load_incidents
from example_app.settings import AppSettings
from tests.config.compose_files import ROOT, services, variables
from tests.rules.known_series import known
from tests.rules.runbook_files import INDEX, RUNBOOKS, blocks, runbooks, without_blocks

PAGES = {**runbooks(), "README": INDEX.read_text("utf-8")}
every_page = pytest.mark.parametrize("page", sorted(PAGES))

_PATH = re.compile(r"(?<![\w./<-])(?:[\w-]+/)+[\w.-]+\.(?:yml|md|toml|py|json)\b")
#: What can only be a metric; Loki's routes begin like its metrics.
_METRIC = re.compile(
    r"(?:agent|telemetry|ai|gen_ai|system|otelcol|prometheus|loki(?!_api)|alertmanager)_\w+"
    r"|[a-z]\w*:\w+:\w+"
)


def _inline(page: str) -> list[str]:
    """Return what stands between single backticks in a page's prose."""
    return re.findall(r"`([^`\n]+)`", without_blocks(PAGES[page]))


def _commands(page: str) -> list[list[str]]:
    """Return the words of each command of make and docker, of blocks and of the prose."""
    whole = "\n".join(block.text for block in blocks("sh") if block.alert == page)
    lines = [*whole.replace("\\\n", " ").splitlines(), *_inline(page)]
    commands = [part.strip("\"'() ") for line in lines for part in re.split(r"&&|[|]|\$\(", line)]
    return [one.split() for one in commands if re.match(r"(?:docker compose|make) \w", one)]


@every_page
def test_links_lead_to_pages(page):
    """Every link but one to the web is a file of the repository."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", without_blocks(PAGES[page])):
        assert "://" in target or (RUNBOOKS / target).resolve().is_file(), target


@every_page
def test_an_alert_that_is_named_is_linked_by_its_own_name(page):
    """A link's text is the page that it opens."""
    for text, target in re.findall(r"\[(\w+)\]\((\w+)\.md\)", PAGES[page]):
        assert text == target


@every_page
def test_paths_are_files_of_the_repository(page):
    """A file that is to be edited at night is where it is said to be."""
    prose = re.sub(r"\]\([^)]*\)|https?://\S+", "", without_blocks(PAGES[page]))
    for path in _PATH.findall(prose):
        assert (ROOT / path).exists(), path


@every_page
def test_variables_are_ones_that_are_read(page):
    """A variable in a runbook changes something."""
    told = (ROOT / "docs" / "settings.md").read_text("utf-8")
    read = {name.upper() for name in AppSettings.model_fields} | set(variables())
    read |= set(re.findall(r"`([A-Z_]+)`", told))
    named = {
        name
        for text in _inline(page)
        for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text)
    }

    assert named - read == set()


@every_page
def test_metrics_are_ones_that_exist(page):
    """A metric in the prose is in the catalogue, recorded, or a server's; or it is a label."""
    labels = set().union(*known().values())
    named = {text.partition("{")[0] for text in _inline(page)}
    metrics = {name for name in named if _METRIC.fullmatch(name)}

    assert metrics - known().keys() - FAMILIES.keys() - labels == set()


@every_page
def test_make_targets_exist(page):
    """Every `make` is one that the Makefile knows."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    for words in _commands(page):
        if words[0] == "make":
            assert words[1] in targets
            named = [word.partition("=")[2] for word in words if word.startswith("SERVICE=")]
            assert set(named) <= services().keys()


@every_page
def test_compose_commands_name_services(page):
    """What is started, stopped or read is a service of the stack."""
    for words in _commands(page):
        if words[0] != "docker":
            continue
        assert words[2] in {"up", "ps", "logs", "restart", "exec", "stop"}
        plain = [one for one in words[3:] if not one.startswith("-") and not one.isdigit()]
        named = plain[:1] if words[2] == "exec" else plain
        assert set(named) <= services().keys(), words


@every_page
def test_addresses_are_the_stack_s(page):
    """Every address of this machine is a port that the stack publishes, by default."""
    ports = {entry.split(":")[-2] for one in services().values() for entry in one.get("ports", [])}

    assert set(re.findall(r"localhost:(\d+)", PAGES[page])) <= ports


@every_page
def test_faults_that_are_stopped_exist(page):
    """The fault in an address of the agent is one that it has."""
    faults = re.findall(r"8000/faults/(\w+)", PAGES[page])
    faults += re.findall(r"make incident NAME=(\w+)", PAGES[page])

    assert set(faults) <= load_incidents().keys()


def test_words_of_the_prose_that_name_a_panel_name_one():
    """A panel that is quoted by its title is on a dashboard."""
    titles = {
        panel["title"]
        for path in (ROOT / "grafana" / "dashboards").glob("*.json")
        for panel in yaml.safe_load(path.read_text("utf-8"))["panels"]
    }
    named = re.findall(r"[Pp]anel \"([^\"]+)\"", "".join(PAGES.values()))

    assert named
    assert set(named) <= titles
