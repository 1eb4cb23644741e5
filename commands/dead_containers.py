"""Finds containers that ended although they should run."""

from collections.abc import Mapping
from typing import Any

from commands.compose_project import ComposeProject, Container

LAST_LINES = 50
"""How much of a dead container's log is shown."""


def dead_containers(project: ComposeProject) -> list[Container]:
    """Return the containers that died, keep restarting, or are unhealthy.

    A job that ran to its end with exit code 0 is no corpse: its service has no restart policy.
    """
    services = project.config["services"]
    return [c for c in project.containers() if _is_dead(c, services.get(c.service, {}))]


def _is_dead(container: Container, service: Mapping[str, Any]) -> bool:
    if container.state in {"restarting", "dead"} or container.health == "unhealthy":
        return True
    if container.state != "exited":
        return False
    runs_for_ever = service.get("restart", "no") in {"always", "unless-stopped"}
    return container.exit_code != 0 or runs_for_ever


def obituary(project: ComposeProject, container: Container) -> str:
    """Return what happened to a container, with the last lines that it printed."""
    what = container.state if container.state != "exited" else f"exited ({container.exit_code})"
    if container.health == "unhealthy":
        what += ", unhealthy"
    lines = project.log_lines(container.service, LAST_LINES) or ["(it printed nothing)"]
    return "\n".join([f"{container.service}: {what}. Its last lines:", *lines])
