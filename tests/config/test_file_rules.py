"""Rules that every file of the repository keeps."""

import re
import subprocess

import pytest

from tests.config.compose_files import ROOT

LONGEST = 300
JUNK_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}
_SECRETS = {
    "a Slack webhook": re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w+"),
    "a provider's key": re.compile(r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
}
#: Written by tools; nobody reads them line by line.
_WRITTEN_BY_TOOLS = {"uv.lock"}


def _files() -> list[str]:
    """Return the paths of all files that are, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(path for path in listed.stdout.splitlines() if (ROOT / path).is_file())


def _text(path: str) -> str:
    try:
        return (ROOT / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_source_file_is_longer_than_three_hundred_lines():
    """A file that has to be scrolled through has become two concepts."""
    kinds = (".py", ".yml", ".yaml")
    checked = [p for p in _files() if p.endswith(kinds) or p.rsplit("/")[-1] == "Makefile"]
    lengths = {path: len(_text(path).splitlines()) for path in checked}

    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
    assert "docker-compose.yml" in lengths


def test_no_file_or_folder_has_a_name_that_says_nothing():
    """Each module is named by the field's word for its one concept."""
    named = {
        path
        for path in _files()
        if JUNK_NAMES & {part.split(".")[0].lower() for part in path.split("/")}
    }

    assert named == set()


@pytest.mark.parametrize("kind", _SECRETS)
def test_no_file_contains_a_secret(kind):
    """Secrets live in secrets/ and .env, which are not committed."""
    assert [path for path in _files() if _SECRETS[kind].search(_text(path))] == []


def test_only_the_place_holder_of_the_secrets_directory_is_committed():
    """secrets/ is there in a fresh clone and empty."""
    assert [path for path in _files() if path.startswith("secrets/")] == ["secrets/.gitkeep"]


def test_no_file_names_a_place_of_one_machine():
    """Paths and package mirrors of whoever wrote a file do not leak into it."""
    # Spelled in two parts so that this file is not its own finding.
    places = ["/" + "work/main", "/" + "root/.cache", "10." + "255.255"]
    named = {
        (path, place)
        for path in _files()
        if path not in _WRITTEN_BY_TOOLS
        for place in places
        if place in _text(path)
    }

    assert named == set()
