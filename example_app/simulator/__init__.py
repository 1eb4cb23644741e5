"""A deterministic model provider for demos and tests; it speaks OpenAI's and Anthropic's APIs."""

from example_app.simulator.app import create_simulator
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread

__all__ = ["SimulatorSettings", "SimulatorThread", "create_simulator"]
