"""Requests that log numbered records, while the Elasticsearch behind them dies and comes back."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from fastapi.testclient import TestClient

from agent_telemetry import ObservabilityStack

_log = logging.getLogger("numbered.load")
_THREADS = 4


def serve_requests(
    stack: ObservabilityStack, *, requests: int, each: int, halfway: Callable[[], None]
) -> list[int]:
    """Serve requests that log records 0, 1, 2 …; return every answer's status.

    Args:
        stack: of the service.
        requests: how many.
        each: records that one request logs.
        halfway: called once, when half of them are answered; the others go on meanwhile.
    """
    app = FastAPI()
    stack.instrument(app)

    @app.post("/log/{request}")
    def log_some(request: int) -> str:
        for number in range(request * each, (request + 1) * each):
            _log.info("record", extra={"n": number})
        return "done"

    interruption = threading.Thread(target=halfway)
    with TestClient(app) as client, ThreadPoolExecutor(_THREADS) as pool:

        def ask(request: int) -> int:
            if request == requests // 2:
                interruption.start()
            return client.post(f"/log/{request}").status_code

        statuses = list(pool.map(ask, range(requests)))
    interruption.join()
    return statuses
