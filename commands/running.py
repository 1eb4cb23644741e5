"""Finds what runs: the full stack, the lite version, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from commands import profiles
from commands.addresses import APP, addresses
from commands.checkout import RUN_DIR
from commands.compose_project import ComposeProject
from commands.engine import NoEngineError, find_engine
from commands.environment import port
from commands.host_ports import port_variables, published_ports
from commands.lite_process import LiteProcess, find_lite
from commands.up import APP_PORT


@dataclass(frozen=True)
class Running:
    """What runs, and where a program on this machine reaches it.

    Attributes:
        way: `full` or `lite`.
        urls: compose service → base URL.
        project: the compose project, with the full stack only.
        log_directory: the app's JSON log files, with the lite version only.
    """

    way: str
    urls: Mapping[str, str]
    project: ComposeProject | None = None
    log_directory: Path | None = None
    services: frozenset[str] = field(default_factory=frozenset)


def find_running() -> Running | None:
    """Return what runs, the full stack first, or None."""
    full = find_full()
    if full is not None:
        return full
    lite = find_lite()
    if lite is not None:
        return running_lite(lite)
    url = f"http://127.0.0.1:{port('APP_PORT', APP_PORT)}"
    if not _is_sample_agent(url):
        return None
    # Started by hand, as `python -m example_app.lite`.
    return Running("lite", {APP: url}, log_directory=RUN_DIR / "logs")


def _is_sample_agent(url: str) -> bool:
    """Return whether the sample agent answers there, and not somebody else's server."""
    try:
        answer = httpx.get(f"{url}/health", headers={"Accept": "application/json"}, timeout=5)
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(found, dict) and found.get("service") == "example-agent"


def find_full() -> Running | None:
    """Return the compose project if any of its containers runs."""
    try:
        project = ComposeProject.of_this_checkout(find_engine())
    except NoEngineError:
        return None
    containers = project.containers()
    if not containers:
        return None
    # Whichever way they were started: the environment of now may name other profiles.
    known = replace(project, named_profiles=("*",)).config["services"]
    up = {container.service for container in containers if container.state == "running"}
    named = tuple(dict.fromkeys([*project.named_profiles, *profiles.that_run(known, up)]))
    project = replace(project, named_profiles=named, extra_environment=profiles.settings_for(named))
    ports = published_ports(project.config, port_variables())
    return Running(
        way="full",
        urls={address.service: address.local_url for address in addresses(ports)},
        project=project,
        services=frozenset(container.service for container in containers),
    )


def running_lite(lite: LiteProcess) -> Running:
    """Return a lite version of ours as something to test."""
    return Running("lite", {APP: lite.url}, log_directory=lite.logs)
