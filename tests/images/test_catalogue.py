"""The table of images is well-formed and fits what the compose file uses. No engine is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.images.catalogue import (
    MANIFESTS,
    Bootstrap,
    CatalogueError,
    CollectorBuild,
    GoModule,
    Image,
    fill_in,
    load_catalogue,
    version_of_tag,
)
from tests.images.compose_images import ROOT, WantedImage, base_images, versions_by_repository
from tests.images.debian_packages import upstream_version
from tests.images.image_check import SHELLS_AND_FETCHERS
from tests.images.programs import BuildError
from tests.images.version import check_version

ROWS = load_catalogue()
COMPOSE_FILES = [ROOT / "docker-compose.yml", *sorted((ROOT / "compose").glob("*.yml"))]
#: Images that name no user; compose gives them one.
RUN_AS_ROOT = {"axllent/mailpit", "grafana/promtail"}
DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")


def services() -> dict[str, dict[str, Any]]:
    """Every service of the compose files, with variables at their defaults."""
    found: dict[str, dict[str, Any]] = {}
    for file in COMPOSE_FILES:
        if file.is_file():
            content = yaml.safe_load(DEFAULT.sub(r"\1", file.read_text()))
            found |= content.get("services", {})
    return found


def servers() -> dict[str, dict[str, Any]]:
    """The services that run somebody else's image."""
    return {name: settings for name, settings in services().items() if "build" not in settings}


@pytest.mark.parametrize(
    "row", [row for row in ROWS.values() if not row.unavailable], ids=lambda row: row.repository
)
def test_row_is_complete(row: Image) -> None:
    """What the row starts and asks for its version is a program that one of its sources gives."""
    given = set(row.programs().values())
    assert row.version_command
    if any(isinstance(source, Bootstrap) for source in row.sources):
        assert row.shell
    else:
        assert row.version_command[0] in given
        assert row.entrypoint[0] in given
        assert row.user or row.repository in RUN_AS_ROOT
    for path in (row.workdir, *row.volumes, *(directory.path for directory in row.directories)):
        assert path.startswith("/")
    for directory in row.directories:
        assert len(directory.numbers()) == 3
    assert set(row.volumes) <= {directory.path for directory in row.directories}
    assert all(re.fullmatch(r"\d+/(tcp|udp)", port) for port in row.ports)
    if row.user and not row.user[0].isdigit():
        assert row.user in row.accounts


@pytest.mark.parametrize(
    "row", [row for row in ROWS.values() if not row.unavailable], ids=lambda row: row.repository
)
def test_row_holds_no_version(row: Image) -> None:
    """The sources' templates give a number of their own for each tag."""
    for source in row.sources:
        if isinstance(source, GoModule):
            assert fill_in(source.module_version, "1.2.3") != fill_in(
                source.module_version, "1.3.4", minor_offset=source.minor_offset
            )
        if isinstance(source, CollectorBuild):
            text = (MANIFESTS / source.manifest).read_text()
            assert not re.search(r" v\d", text)


def test_every_image_of_compose_is_a_row() -> None:
    """No service uses an image that the table does not know."""
    unknown = {
        settings["image"]
        for settings in servers().values()
        if WantedImage(settings["image"]).repository not in ROWS
    }
    assert not unknown


def test_every_base_image_is_a_row() -> None:
    """What our own Dockerfiles start from can be made, too."""
    for settings in services().values():
        if "build" in settings:
            dockerfile = ROOT / settings["build"].get("dockerfile", "Dockerfile")
            for name in base_images(dockerfile):
                assert WantedImage(name).repository in ROWS


def test_health_checks_use_what_the_image_has() -> None:
    """A probe runs a program of the image; wget and the like only where the real one has them."""
    for name, settings in servers().items():
        row = ROWS[WantedImage(settings["image"]).repository]
        if row.unavailable or "test" not in settings.get("healthcheck", {}):
            continue
        kind, program, *_ = settings["healthcheck"]["test"]
        if kind == "CMD-SHELL" or Path(program).name in SHELLS_AND_FETCHERS:
            assert row.shell, name
        else:
            assert program in row.programs().values(), name


def test_versions_are_read_without_compose() -> None:
    """The text of the compose files gives the same versions as their parsed content."""
    expected = {}
    for settings in servers().values():
        wanted = WantedImage(settings["image"])
        expected[wanted.repository] = wanted.version
    assert versions_by_repository() == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[image]]\nrepository = "a"\nunavailable = "b"\ncolour = "c"', "no key colour"),
        ('[[image]]\nrepository = "a"', "either a source or a reason"),
        ('[[image]]\nunavailable = "b"', "a row without repository"),
        ('[[image]]\nrepository = "a"\n[[image.source]]\nkind = "magic"', "'magic' is none of"),
        ('[[image]]\nrepository = "a"\nunavailable = "b"\n' * 2, "two rows"),
    ],
)
def test_bad_row_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A row that cannot be meant names itself and the key."""
    table = tmp_path / "catalogue.toml"
    table.write_text(text)
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(table)


@pytest.mark.parametrize(
    ("tag", "version"), [("v3.5.3", "3.5.3"), ("3.7.8", "3.7.8"), ("3.13-slim-trixie", "3.13")]
)
def test_version_of_tag(tag: str, version: str) -> None:
    """A tag's version is what stands in front of its variant."""
    assert version_of_tag(tag) == version


def test_tag_without_a_version_is_refused() -> None:
    """`latest` cannot be built, and must not be."""
    with pytest.raises(CatalogueError, match="latest"):
        version_of_tag("latest")


@pytest.mark.parametrize(
    ("repository", "version", "module"),
    [
        ("jaegertracing/jaeger", "2.13.0", "v1.76.0"),
        ("grafana/loki", "3.7.8", "v3.7.8"),
        ("prom/prometheus", "3.5.3", "v0.305.3"),
    ],
)
def test_module_version_of_a_release(repository: str, version: str, module: str) -> None:
    """A release is found among the versions of its Go module, which some projects number apart."""
    source = next(one for one in ROWS[repository].sources if isinstance(one, GoModule))
    assert fill_in(source.module_version, version, minor_offset=source.minor_offset) == module


@pytest.mark.parametrize(
    ("debian", "upstream"),
    [("3.5.3+ds1-6", "3.5.3"), ("0.33.1-5", "0.33.1"), ("1:1.37.0-6+b9", "1.37.0")],
)
def test_upstream_version(debian: str, upstream: str) -> None:
    """Debian's own parts of a version do not count."""
    assert upstream_version(debian) == upstream


def test_program_of_another_version_is_refused() -> None:
    """A binary that is not what the tag says fails the build; a shorter tag is met."""
    check_version("loki, version 3.7.8 (branch: v3.7.8)", "3.7.8", "loki")
    check_version("Python 3.13.5", "3.13", "python3")
    for said in ("loki, version 3.7.80", "loki, version 3.6.8", "no number at all"):
        with pytest.raises(BuildError):
            check_version(said, "3.7.8", "loki")


def test_base_images_of_a_dockerfile(tmp_path: Path) -> None:
    """Stages and scratch are no base images; ARG defaults are filled in."""
    file = tmp_path / "Dockerfile"
    file.write_text(
        "ARG PYTHON=3.13-slim-trixie\n"
        "FROM python:${PYTHON} AS build\nRUN true\n"
        "FROM --platform=linux/amd64 python:${PYTHON}\nCOPY --from=build /a /a\n"
        "FROM build AS last\nFROM scratch\n"
    )
    assert set(base_images(file)) == {"python:3.13-slim-trixie"}
