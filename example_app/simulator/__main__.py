"""`python -m example_app.simulator`: the simulator as its own process."""

import json
import sys

import uvicorn
from pydantic import ValidationError

from example_app.simulator.app import create_simulator
from example_app.simulator.settings import SimulatorSettings


def main() -> int:
    """Serves until the process is told to end; returns the exit code."""
    try:
        settings = SimulatorSettings()
    except ValidationError as error:
        for fault in error.errors():
            print(f"simulator: {fault['loc'][0]}: {fault['msg']}", file=sys.stderr)
        return 2
    listening = f"{settings.host}:{settings.port}"
    print(json.dumps({"event": "simulator_started", "listening": listening}), flush=True)
    uvicorn.run(
        create_simulator(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
