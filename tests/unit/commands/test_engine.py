"""Finding a Docker engine and a compose that is new enough."""

import pytest

from commands import engine
from commands.engine import NoEngineError, find_engine


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """Puts a docker of our own making first, and alone, on the PATH."""

    def make(script: str, name: str = "docker") -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    monkeypatch.setenv("PATH", str(tmp_path))
    return make


def test_no_docker_command(docker):
    """Without a docker command that is the reason."""
    with pytest.raises(NoEngineError, match="no docker command"):
        find_engine()


def test_no_engine_answers(docker):
    """A client whose engine is away is told in the client's own words."""
    docker('echo "Cannot connect to the Docker daemon" >&2; exit 1')
    with pytest.raises(NoEngineError, match=r"no Docker engine answers .*Cannot connect"):
        find_engine()


def test_client_that_answers_alone_is_no_engine(docker):
    """`docker info` that fills in nothing for the server means that there is none."""
    docker('echo "\\"\\""')
    with pytest.raises(NoEngineError, match="no Docker engine answers"):
        find_engine()


def test_engine_that_hangs_is_no_engine(docker, monkeypatch):
    """An engine that does not answer in time counts as none."""
    monkeypatch.setattr(engine, "_ANSWER_WITHIN_SECONDS", 0.2)
    docker("while :; do :; done")
    with pytest.raises(NoEngineError, match="no answer within"):
        find_engine()


@pytest.mark.parametrize("version", ["2.23.3", "1.29.2", "v2.9.0"])
def test_old_compose_is_refused(docker, version):
    """A compose that is too old is named, with the version that is needed."""
    docker(f'[ "$1" = info ] && echo "\\"28.0\\"" || echo {version}')
    with pytest.raises(NoEngineError, match=rf"2\.24 or newer.*{version.removeprefix('v')}"):
        find_engine()


@pytest.mark.parametrize("version", ["2.24.0", "v2.40.3", "2.26.1-4", "5.0.0"])
def test_new_compose_is_taken(docker, version):
    """A compose that is new enough is used as docker's plug-in."""
    docker(f'[ "$1" = info ] && echo "\\"28.0\\"" || echo {version}')
    found = find_engine()
    assert found.compose == ("docker", "compose")
    assert found.compose_version == version.removeprefix("v")


def test_standalone_compose_is_taken(docker):
    """Without the plug-in the program docker-compose serves as well."""
    docker('[ "$1" = info ] && echo "\\"28.0\\"" || exit 1')
    docker("echo 2.30.0", name="docker-compose")
    assert find_engine().compose == ("docker-compose",)
