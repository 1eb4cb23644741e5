"""Runs the simulator inside another process: its own thread, its own event loop, a free port."""

import socket
import threading
import time
from typing import Self

import uvicorn

from example_app.simulator.app import create_simulator
from example_app.simulator.cut_response import expect_cuts
from example_app.simulator.settings import SimulatorSettings

_DEADLINE_SECONDS = 10.0
_POLL_SECONDS = 0.01


class SimulatorThread:
    """A simulator served from a daemon thread; also a context manager.

    Args:
        settings: As for `create_simulator`; `port=0` picks a free one.
    """

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        self._settings = settings or SimulatorSettings(port=0)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """What to give an OpenAI client, such as `http://127.0.0.1:49152/v1`."""
        return f"http://{self._settings.host}:{self._port}/v1"

    def start(self) -> str:
        """Starts serving and returns `base_url` once calls are answered.

        Raises:
            OSError: The port is taken.
            RuntimeError: The server did not come up.
        """
        listener = socket.create_server((self._settings.host, self._settings.port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_simulator(self._settings),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        expect_cuts()
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="llm-simulator", daemon=True
        )
        thread.start()
        self._server, self._thread = server, thread
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the model simulator did not start")
            time.sleep(_POLL_SECONDS)
        return self.base_url

    def stop(self) -> None:
        """Ends serving; calls under way have one second to finish."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_DEADLINE_SECONDS)
            self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
