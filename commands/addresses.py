"""Where each part of the stack answers: one resolver for `make up` and for the smoke test."""

from collections.abc import Iterable
from dataclasses import dataclass

from commands.environment import variables
from commands.host_ports import HostPort

APP = "example-app"

# (service, port inside) of what a person opens in a browser or asks with curl.
_WEB = {
    (APP, 8000): ("Sample agent", ""),
    ("grafana", 3000): ("Grafana", ""),
    ("prometheus", 9090): ("Prometheus", ""),
    ("alertmanager", 9093): ("Alertmanager", ""),
    ("logger", 8080): ("Alert inbox", ""),
    ("mailpit", 8025): ("Mail inbox", ""),
    ("jaeger", 16686): ("Jaeger", ""),
    ("zipkin", 9411): ("Zipkin", "/zipkin/"),
    ("kibana", 5601): ("Kibana", "/app/dashboards#/view/agent-logs-overview"),
    ("elasticsearch", 9200): ("Elasticsearch", "/_cluster/health?pretty"),
    ("pushgateway", 9091): ("Pushgateway", ""),
    ("loki", 3100): ("Loki", "/ready"),
    ("otel-collector", 4318): ("OTLP over HTTP", ""),
}


@dataclass(frozen=True)
class Address:
    """One part of the stack as seen from this machine.

    Attributes:
        title: its name for people.
        service: its compose service.
        url: what a person opens (PUBLIC_HOST's name in it).
        local_url: what a program on this machine asks.
    """

    title: str
    service: str
    url: str
    local_url: str


def addresses(ports: Iterable[HostPort]) -> list[Address]:
    """Return an address for each published port that speaks HTTP."""
    public = variables().get("PUBLIC_HOST") or "localhost"
    found = []
    for port in ports:
        title, page = _WEB.get((port.service, port.target), ("", ""))
        if title:
            reachable = port.reachable_at
            host = f"[{reachable}]" if ":" in reachable else reachable
            found.append(
                Address(
                    title=title,
                    service=port.service,
                    url=f"http://{public}:{port.port}{page}",
                    local_url=f"http://{host}:{port.port}",
                )
            )
    order = [service for service, _ in _WEB]
    return sorted(found, key=lambda address: order.index(address.service))


def lite_address(port: int, local_url: str) -> Address:
    """Return where the lite version answers."""
    public = variables().get("PUBLIC_HOST") or "localhost"
    return Address("Sample agent", APP, f"http://{public}:{port}", local_url)
