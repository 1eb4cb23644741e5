"""A server for ``/metrics`` alone, for a process that serves no HTTP of its own."""

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.workers.fork_safety import call_in_child

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

DEFAULT_PORT = 8000
_SECONDS_OF_A_CLIENT = 10


class MetricsServer:
    """Answers scrapes in threads of its own, as OpenMetrics with exemplars where asked for.

    Args:
        source: a stack, or a registry of prometheus-client.
        port: TCP port; 0 takes a free one.
        address: what to listen on: this machine only by default, ``0.0.0.0`` in a container.

    Attributes:
        port: the port that is listened on.

    Raises:
        ConfigurationError: the port is in use, or cannot be listened on.
    """

    def __init__(
        self,
        source: "ObservabilityStack | CollectorRegistry",
        port: int = DEFAULT_PORT,
        address: str = "127.0.0.1",
    ) -> None:
        registry = source if isinstance(source, CollectorRegistry) else source.registry
        self.address = address
        try:
            self._server: WSGIServer = make_server(
                address, port, make_wsgi_app(registry), _Server, handler_class=_Handler
            )
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                "port of the metrics server", port, f"a free port of {address} ({error})"
            ) from None
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="agent_telemetry-metrics-server", daemon=True
        )
        self._thread.start()
        # A forked child has no thread that answers, and would keep the port after this process.
        call_in_child(self._server.server_close)

    @property
    def url(self) -> str:
        """Where Prometheus finds it."""
        return f"http://{self.address}:{self.port}/metrics"

    def stop(self) -> None:
        """Stop listening; safe to call twice."""
        if self._thread.is_alive():  # not in a forked child
            self._server.shutdown()
        self._server.server_close()
        self._thread.join(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start_metrics_server(
    source: "ObservabilityStack | CollectorRegistry",
    port: int = DEFAULT_PORT,
    address: str = "127.0.0.1",
) -> MetricsServer:
    """Start a server for ``/metrics``; arguments and errors as for ``MetricsServer``."""
    return MetricsServer(source, port, address)


class _Server(ThreadingWSGIServer):
    """Does not wait for open connections when it is stopped."""

    daemon_threads = True
    block_on_close = False


class _Handler(WSGIRequestHandler):
    """Writes no line a scrape and gives up on a client that says nothing."""

    timeout = _SECONDS_OF_A_CLIENT

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as in the base
        """Write nothing."""
