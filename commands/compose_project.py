"""The stack as a compose project: its files, its resolved configuration, its containers."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from commands import profiles
from commands.checkout import ROOT, RUN_DIR
from commands.engine import Engine
from commands.environment import variables

_ERASE = re.compile(r"\x1b\[\d*K")


class ComposeError(Exception):
    """Compose refused; the text is what it said."""


@dataclass(frozen=True)
class Container:
    """One container of the project.

    Attributes:
        service: the compose service.
        name: the container's own name.
        state: running, exited, restarting, dead, created or paused.
        health: healthy, unhealthy, starting, or empty without a health check.
        exit_code: of the last run; 0 while it runs.
        ports: published host ports.
    """

    service: str
    name: str
    state: str
    health: str
    exit_code: int
    ports: tuple[int, ...]


@dataclass(frozen=True)
class ComposeProject:
    """The shipped compose file with an engine to run it on.

    Attributes:
        engine: where it runs.
        named_profiles: profiles switched on.
        extra_environment: variables that the profiles need.
    """

    engine: Engine
    named_profiles: tuple[str, ...] = ()
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_checkout(cls, engine: Engine) -> "ComposeProject":
        """Return the project with the profiles that the environment and `.env` ask for."""
        named = tuple(profiles.asked_for(variables()))
        return cls(engine, named, profiles.settings_for(named))

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration with every variable filled in, as compose itself sees it."""
        answer: dict[str, Any] = json.loads(self.output("config", "--format", "json"))
        return answer

    @cached_property
    def name(self) -> str:
        """The project's name: COMPOSE_PROJECT_NAME, or the one in the file."""
        return str(self.config["name"])

    @property
    def left_out_file(self) -> Path:
        """The override that switches off services whose image is not to be had."""
        return RUN_DIR / f"left-out-{self.name}.yml"

    def known_profiles(self) -> list[str]:
        """Return every profile that the compose file has."""
        return self.output("config", "--profiles").split()

    def command(self, *words: str, overrides: Iterable[Path] = ()) -> list[str]:
        """Return the command line of one compose command of this project."""
        line = list(self.engine.compose)
        overrides = list(overrides)
        if overrides:
            # One -f switches compose's own search off, so its rules are repeated here.
            given = variables().get("COMPOSE_FILE", "")
            own = given.split(os.pathsep) if given else ["docker-compose.yml"]
            if not given and (ROOT / "docker-compose.override.yml").exists():
                own.append("docker-compose.override.yml")
            for file in [*own, *map(str, overrides)]:
                line += ["-f", file]
        for profile in self.named_profiles:
            line += ["--profile", profile]
        return [*line, *words]

    def run(self, *words: str, overrides: Iterable[Path] = (), quiet: bool = False) -> int:
        """Run a compose command that talks to the terminal; return its exit code."""
        silent = subprocess.DEVNULL if quiet else None
        return subprocess.run(
            self.command(*words, overrides=overrides),
            cwd=ROOT,
            env=self._environment(),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=silent,
            stderr=silent,
        ).returncode

    def output(self, *words: str) -> str:
        """Return what a compose command prints.

        Raises:
            ComposeError: with compose's own words, if it fails.
        """
        answer = subprocess.run(
            self.command(*words),
            cwd=ROOT,
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if answer.returncode != 0:
            said = answer.stderr.strip() or answer.stdout.strip()
            raise ComposeError(said or f"{' '.join(words)} ended with {answer.returncode}")
        return answer.stdout

    def containers(self) -> list[Container]:
        """Return the project's containers, those that ended too."""
        lines = self.output("ps", "--all", "--format", "json").splitlines()
        return [_container(json.loads(line)) for line in lines]

    def log_lines(self, service: str, count: int) -> list[str]:
        """Return the last lines that a service's containers printed."""
        words = ("logs", "--no-color", "--no-log-prefix", "--tail", str(count), service)
        # Compose erases a line before it prints one, even where there is no terminal.
        return _ERASE.sub("", self.output(*words)).splitlines()[-count:]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.extra_environment}


def _container(entry: Mapping[str, Any]) -> Container:
    ports = {int(p["PublishedPort"]) for p in entry.get("Publishers") or [] if p["PublishedPort"]}
    return Container(
        service=entry["Service"],
        name=entry["Name"],
        state=entry["State"],
        health=entry.get("Health") or "",
        exit_code=int(entry.get("ExitCode") or 0),
        ports=tuple(sorted(ports)),
    )
