"""Host ports: whose they are and which variable moves them."""

import os
import socket

import pytest

from commands.host_ports import (
    HostPort,
    PortError,
    check_ports,
    holder,
    port_variables,
    published_ports,
    why_not_free,
)

COMPOSE = """
services:
  app:
    ports: ["${BIND_ADDRESS:-127.0.0.1}:${APP_PORT:-8000}:8000"]
  otel:
    ports:
      - "${BIND_ADDRESS:-127.0.0.1}:${OTLP_GRPC_PORT:-4317}:4317"
      - {published: "${OTLP_HTTP_PORT:-4318}", target: 4318}
  fixed:
    ports: ["127.0.0.1:9999:9999"]
  none: {}
"""


@pytest.fixture
def listener():
    """A port that this very process holds."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def _port(number: int, variable: str = "APP_PORT", service: str = "app") -> HostPort:
    return HostPort(variable, service, "127.0.0.1", number, 8000)


def test_variables_are_read_from_the_file(tmp_path):
    """Each published port is known by the variable that moves it, not by the bind address."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE)
    assert port_variables([file]) == {
        ("app", 8000): "APP_PORT",
        ("otel", 4317): "OTLP_GRPC_PORT",
        ("otel", 4318): "OTLP_HTTP_PORT",
    }


def test_every_port_of_the_shipped_file_has_a_variable():
    """The shipped compose files publish no port that cannot be moved."""
    named = port_variables()
    assert named["example-app", 8000] == "APP_PORT"
    assert named["grafana", 3000] == "GRAFANA_PORT"
    assert all(variable.endswith("_PORT") for variable in named.values())


def test_published_ports_come_from_compose():
    """Ports, addresses and targets are what compose resolved; ports not published are none."""
    entry = {"mode": "ingress", "host_ip": "127.0.0.1", "target": 8000, "published": "8001"}
    config = {"services": {"app": {"ports": [entry, {"target": 9}]}, "none": {"ports": None}}}
    (port,) = published_ports(config, {("app", 8000): "APP_PORT"})
    assert port == HostPort("APP_PORT", "app", "127.0.0.1", 8001, 8000)


def test_busy_port_names_variable_and_holder(listener):
    """A held port is refused with its variable, the holder's name and its pid."""
    with pytest.raises(PortError, match=rf"APP_PORT={listener}: in use by .*\(pid {os.getpid()}\)"):
        check_ports([_port(listener)])
    assert str(os.getpid()) in holder(listener)


def test_our_own_ports_are_no_conflict(listener):
    """A port that the project's own containers hold is free for a second `make up`."""
    check_ports([_port(listener)], ours=[listener])


def test_one_port_for_two_variables_is_refused():
    """Two variables with one value are told apart by name, before Docker says it less clearly."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    wanted = [_port(free), _port(free, "GRAFANA_PORT", "grafana")]
    with pytest.raises(PortError, match=r"GRAFANA_PORT=.* is the same as APP_PORT"):
        check_ports(wanted)


def test_every_problem_is_told_at_once(listener):
    """All busy ports are named in one message, with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        wanted = [_port(listener), _port(other.getsockname()[1], "LOKI_PORT", "loki")]
        with pytest.raises(PortError) as caught:
            check_ports(wanted)
    assert "APP_PORT" in str(caught.value)
    assert "LOKI_PORT" in str(caught.value)
    assert ".env" in str(caught.value)


def test_foreign_bind_address_is_named():
    """A BIND_ADDRESS that is not this machine's is told as such, not as a busy port."""
    assert "BIND_ADDRESS=192.0.2.1" in why_not_free("192.0.2.1", 8000)
    wanted = [HostPort(name, "app", "192.0.2.1", 8000 + n, 1) for n, name in enumerate("AB")]
    with pytest.raises(PortError) as caught:
        check_ports(wanted)
    assert str(caught.value) == "BIND_ADDRESS=192.0.2.1 is no address of this machine"


@pytest.mark.parametrize(("address", "local"), [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])
def test_reachable_address(address, local):
    """A port open to everybody is asked on loopback."""
    assert HostPort("", "app", address, 1, 1).reachable_at == local
