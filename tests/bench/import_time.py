"""How long an import takes, in a process of its own each time."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.rounds import Contestant

CALLS = 1
ROUNDS = 10
UNIT = "ms"

_PROGRAM = """
import time, json
cpu, wall = time.process_time(), time.perf_counter()
{}
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))
"""
_SDK = "import prometheus_client, opentelemetry.sdk.trace, opentelemetry.sdk.trace.export"
_OTLP = "import opentelemetry.exporter.otlp.proto.http.trace_exporter"
_FLOOR_SDK = "floor: prometheus-client, OpenTelemetry SDK"
_FLOOR_OTLP = "floor: the same and the OTLP exporter"


def contestants(ending: ExitStack, folder: Path) -> list[Contestant]:
    """Build everybody who takes part; nothing needs to be closed and nothing is written."""
    del ending, folder
    return [
        Contestant(name=_FLOOR_SDK, records="", run=_imported(_SDK), role="floor"),
        Contestant(
            name=_FLOOR_OTLP,
            records="what the library needs",
            run=_imported(f"{_SDK}\n{_OTLP}"),
            role="floor",
            against=_FLOOR_OTLP,
        ),
        Contestant(
            name="agent_telemetry",
            records="both; no exporter before an endpoint is set",
            run=_imported("import agent_telemetry"),
            role="ours",
        ),
        Contestant(
            name="agent_telemetry with its OTLP exporter",
            records="as with an endpoint",
            run=_imported("import agent_telemetry, agent_telemetry.traces.answer_session"),
            role="ours",
            against=_FLOOR_OTLP,
        ),
        Contestant(
            name="opentelemetry-util-genai",
            records="no Prometheus, no exporter",
            run=_imported("import opentelemetry.util.genai.handler, opentelemetry.sdk.trace"),
        ),
        Contestant(
            name="openinference",
            records="no Prometheus, no exporter",
            run=_imported("import openinference.instrumentation, opentelemetry.sdk.trace"),
        ),
        Contestant(
            name="langfuse",
            records="with its API client",
            run=_imported("from langfuse import Langfuse"),
            against=_FLOOR_OTLP,
        ),
        Contestant(
            name="logfire",
            records="with the OTLP exporter",
            run=_imported("import logfire; logfire.configure"),
            against=_FLOOR_OTLP,
        ),
    ]


def _imported(statement: str) -> Callable[[int], tuple[float, float]]:
    program = _PROGRAM.format(statement)
    # The turns of warm-up write the bytecode that the others read, whatever the shell says.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(count: int) -> tuple[float, float]:
        cpu = wall = 0.0
        for _ in range(count):
            told = subprocess.run(
                [sys.executable, "-c", program],
                check=True,
                capture_output=True,
                text=True,
                env=environment,
            )
            seconds = json.loads(told.stdout)
            cpu, wall = cpu + seconds[0], wall + seconds[1]
        return cpu, wall

    return run
