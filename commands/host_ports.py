"""The host ports that the stack publishes: which variable moves each, and who holds it."""

import errno
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from commands.checkout import ROOT

_PUBLISHED = re.compile(r"\$\{(?P<variable>\w+)(?::?-(?P<default>\d+))?\}(?::(?P<target>\d+))")


class PortError(Exception):
    """A host port cannot be had; the text names the variable that moves it."""


@dataclass(frozen=True)
class HostPort:
    """One published port.

    Attributes:
        variable: what moves it, e.g. `GRAFANA_PORT`; empty if the file fixes it.
        service: the compose service behind it.
        address: the host address it is bound to.
        port: the host port.
        target: the port inside the container.
    """

    variable: str
    service: str
    address: str
    port: int
    target: int

    @property
    def reachable_at(self) -> str:
        """The address to connect to from this machine."""
        return "127.0.0.1" if self.address in {"", "0.0.0.0", "::"} else self.address  # noqa: S104


def port_variables(files: Iterable[Path] | None = None) -> dict[tuple[str, int], str]:
    """Return (service, port inside) → variable, read from the compose files as written."""
    found: dict[tuple[str, int], str] = {}
    for file in files or _compose_files():
        services = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("services") or {}
        for name, service in services.items():
            for entry in service.get("ports") or []:
                # The variables before it (the bind address) carry no target of their own.
                match = _PUBLISHED.search(_short_form(entry))
                if match:
                    found[name, int(match["target"])] = match["variable"]
    return found


def published_ports(
    config: Mapping[str, Any], named: Mapping[tuple[str, int], str]
) -> list[HostPort]:
    """Return the ports of a resolved configuration, in its order.

    Args:
        config: what `docker compose config --format json` says.
        named: `port_variables()`.
    """
    return [
        HostPort(
            variable=named.get((service, int(entry["target"])), ""),
            service=service,
            address=entry.get("host_ip") or "",
            port=int(entry["published"]),
            target=int(entry["target"]),
        )
        for service, settings in config["services"].items()
        for entry in settings.get("ports") or []
        if entry.get("published")
    ]


def check_ports(ports: Iterable[HostPort], ours: Iterable[int] = ()) -> None:
    """Refuse ports that are asked for twice or held by somebody else.

    Args:
        ports: what will be published.
        ours: ports that this project's own running containers hold already.

    Raises:
        PortError: naming each variable and, where it can be found, each holder.
    """
    problems: list[str] = []
    taken: dict[int, HostPort] = {}
    held_by_us = set(ours)
    for wanted in ports:
        label = wanted.variable or f"the port of {wanted.service}"
        other = taken.setdefault(wanted.port, wanted)
        if other is not wanted:
            problems.append(f"{label}={wanted.port} is the same as {other.variable}")
        elif wanted.port not in held_by_us:
            problem = why_not_free(wanted.address, wanted.port)
            if problem.startswith("BIND_ADDRESS"):
                raise PortError(problem)  # the same for every port
            if problem:
                problems.append(f"{label}={wanted.port}: {problem}")
    if problems:
        advice = "Set the variable to a free port in .env or on the command line, or end the holder"
        raise PortError("\n".join([*problems, f"{advice} (ours: make down)."]))


def why_not_free(address: str, port: int) -> str:
    """Return why nothing can listen on a host port, empty if it is free."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: connections of an earlier run that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"in use by {holder(port) or 'a process that cannot be seen from here'}"
            if error.errno == errno.EADDRNOTAVAIL:
                return f"BIND_ADDRESS={address} is no address of this machine"
            return error.strerror or str(error)
    return ""


def holder(port: int) -> str:
    """Return the process that listens on a port as `name (pid …)`, empty if it is not known."""
    try:
        for connection in psutil.net_connections(kind="inet"):
            listening = connection.status == psutil.CONN_LISTEN and connection.laddr
            if listening and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        # macOS shows other users' connections to root only.
        return ""
    return ""


def _compose_files() -> list[Path]:
    included = sorted((ROOT / "compose").glob("*.yml"))
    return [file for file in (ROOT / "docker-compose.yml", *included) if file.exists()]


def _short_form(entry: Any) -> str:
    """Return a port as `published:target`, whichever of compose's two forms it has."""
    if isinstance(entry, Mapping):
        return f"{entry.get('published', '')}:{entry.get('target', '')}"
    return str(entry)
