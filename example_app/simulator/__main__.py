"""`python -m example_app.simulator`: the simulator as its own process."""

import sys

from pydantic import ValidationError

from example_app.bad_settings import tell_bad_settings
from example_app.serving import serve_program
from example_app.simulator.app import create_simulator
from example_app.simulator.cut_response import expect_cuts
from example_app.simulator.settings import SimulatorSettings


def main() -> int:
    """Serves until the process is told to end; returns the exit code."""
    try:
        settings = SimulatorSettings()
    except ValidationError as error:
        return tell_bad_settings("simulator", error)
    expect_cuts()
    return serve_program("simulator", create_simulator(settings), settings.host, settings.port)


if __name__ == "__main__":
    sys.exit(main())
