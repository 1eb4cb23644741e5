"""Serving an app until the process is told to stop."""

import contextlib
import json
import os
import socket
import sys
from typing import Any

import uvicorn

from agent_telemetry import ConfigurationError

_GRACE_SECONDS = 1


def listen(host: str, port: int, variable: str) -> socket.socket:
    """Take the port before anything is started or said.

    Args:
        host: address to listen on.
        port: TCP port; 0 picks a free one.
        variable: the variable that the operator sets to choose another port.

    Raises:
        ConfigurationError: the address cannot be had; the message names the variable.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if (error.errno or 0) > 0 else str(error)
        raise ConfigurationError(
            variable, port, f"a port that is free on {host} ({reason}); set {variable} to another"
        ) from None


def serve(app: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; chats under way then have one second."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
    )
    # uvicorn raises SIGINT again after its own orderly end.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def serve_program(program: str, app: Any, host: str, port: int) -> int:
    """Serve a program beside the agent, with a JSON line at its start; return its exit code.

    Args:
        program: its name in what it says.
        app: what is served.
        host: address to listen on (the variable ``HOST``).
        port: TCP port (the variable ``PORT``).
    """
    try:
        listener = listen(host, port, "PORT")
    except ConfigurationError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    listening = "{}:{}".format(*listener.getsockname()[:2])
    print(json.dumps({"event": f"{program}_started", "listening": listening}), flush=True)
    serve(app, listener)
    return 0
