"""Finds a Docker engine that answers and a compose that is new enough."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass

OLDEST_COMPOSE = (2, 24)
"""Compose before this version lacks what docker-compose.yml uses."""

_ANSWER_WITHIN_SECONDS = 30


class NoEngineError(Exception):
    """There is nothing to run the full stack on; the text says what is missing."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine that answered.

    Attributes:
        version: the engine's version.
        compose: the words that start compose, e.g. `("docker", "compose")`.
        compose_version: compose's version.
    """

    version: str
    compose: tuple[str, ...]
    compose_version: str


def find_engine() -> Engine:
    """Return the engine that the docker client reaches (DOCKER_HOST is honoured).

    Raises:
        NoEngineError: if there is no client, no engine answers, or compose is missing or too old.
    """
    if shutil.which("docker") is None:
        raise NoEngineError("there is no docker command")
    info = _run("docker", "info", "--format", "{{json .ServerVersion}}")
    version = _server_version(info.stdout) if info.returncode == 0 else ""
    if not version:
        reason = (info.stderr.strip() or info.stdout.strip() or "no answer").splitlines()[-1]
        raise NoEngineError(f"no Docker engine answers ({reason})")
    compose, compose_version = _find_compose()
    return Engine(version, compose, compose_version)


def _server_version(text: str) -> str:
    """Return the version in `docker info`'s answer, empty if only the client answered."""
    try:
        answer = json.loads(text.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return ""
    return answer if isinstance(answer, str) else ""


def _find_compose() -> tuple[tuple[str, ...], str]:
    """Return the newest enough compose, as docker's plug-in or as a program of its own."""
    wanted = ".".join(map(str, OLDEST_COMPOSE))
    too_old = ""
    for words in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(words[0]) is None:
            continue
        answer = _run(*words, "version", "--short")
        version = answer.stdout.strip().removeprefix("v")
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if answer.returncode != 0 or numbers is None:
            continue
        if (int(numbers[1]), int(numbers[2])) >= OLDEST_COMPOSE:
            return words, version
        too_old = f", found {version}"
    raise NoEngineError(f"docker compose {wanted} or newer is needed{too_old or ', found none'}")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a short question to docker; one that hangs counts as no answer."""
    try:
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            timeout=_ANSWER_WITHIN_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        silence = f"no answer within {_ANSWER_WITHIN_SECONDS} s"
        return subprocess.CompletedProcess(words, 1, stdout="", stderr=silence)
