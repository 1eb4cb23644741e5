"""A deterministic model provider that speaks OpenAI's HTTP API, for demos and tests."""

from example_app.simulator.app import create_simulator
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread

__all__ = ["SimulatorSettings", "SimulatorThread", "create_simulator"]
