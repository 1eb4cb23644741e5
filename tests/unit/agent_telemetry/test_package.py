"""What the package offers at its top, and how little importing it loads."""

import subprocess
import sys
from importlib import resources

import pytest

import agent_telemetry


def test_every_public_name_is_there() -> None:
    """``__all__`` tells the truth, also about what is loaded later."""
    for name in agent_telemetry.__all__:
        assert getattr(agent_telemetry, name) is not None, name
    assert set(agent_telemetry.__all__) <= set(dir(agent_telemetry))


def test_unknown_name_is_a_plain_attribute_error() -> None:
    """A typing mistake gets Python's own message."""
    with pytest.raises(AttributeError, match="no attribute 'Tracr'"):
        _ = agent_telemetry.Tracr


def test_rarely_used_modules_wait_until_they_are_asked_for() -> None:
    """Importing the core loads no server, decorator, web framework, nor a way to send spans."""
    script = (
        "import sys, agent_telemetry\n"
        "late = ['agent_telemetry.' + each for each in ('decorators.decorators', 'model_monitor',"
        " 'metrics.pushgateway', 'metrics.server', 'agent_middleware', 'metrics_middleware',"
        " 'traces.answer_session')]\n"
        "import importlib.util\n"
        "assert all(map(importlib.util.find_spec, late)), late\n"
        "late += ['requests', 'google.protobuf']\n"
        "late += ['fastapi', 'starlette', 'openai', 'anthropic', 'google.genai']\n"
        "print([each for each in late if each in sys.modules])\n"
        "agent_telemetry.trace_operation\n"
        "print('agent_telemetry.decorators.decorators' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", "True"]


def test_types_are_shipped() -> None:
    """``py.typed`` tells type checkers to read the package's own types."""
    assert resources.files(agent_telemetry).joinpath("py.typed").is_file()
