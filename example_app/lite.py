"""The agent and its model simulator in one process: ``python -m example_app.lite``.

Needs no server and fetches nothing. Logs and state go below ``.run/``.
"""

import os
import sys
from pathlib import Path

import uvicorn

from agent_telemetry import ConfigurationError, Settings, create_observability_stack
from example_app.app import create_app
from example_app.settings import AppSettings
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread

_RUN = Path(__file__).parents[1] / ".run"


def main() -> int:
    """Serve until told to stop."""
    os.environ.setdefault("AGENT_TELEMETRY_LOG_DIR", str(_RUN / "logs"))
    os.environ.setdefault("AGENT_TELEMETRY_LOG_STDOUT", "0")
    os.environ.setdefault("FAULTS_ENABLED", "1")
    if "APP_PORT" in os.environ:
        os.environ.setdefault("PORT", os.environ["APP_PORT"])
    try:
        settings = AppSettings.load()
        telemetry = Settings.from_env("example-agent")
        simulator = None
        if "LLM_BASE_URL" not in os.environ:
            endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
            simulator = SimulatorThread(
                SimulatorSettings(host="127.0.0.1", port=0, otlp_endpoint=endpoint)
            )
            settings = AppSettings.load(llm_base_url=simulator.start())
        app = create_app(settings, create_observability_stack(settings=telemetry))
    except ConfigurationError as error:
        print(f"lite cannot start: {error}", file=sys.stderr)
        return 2
    _greet(settings, telemetry)
    try:
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    finally:
        if simulator is not None:
            simulator.stop()
    return 0


def _greet(settings: AppSettings, telemetry: Settings) -> None:
    url = f"http://{settings.public_host}:{settings.port}"
    print(
        f"""\
The sample agent runs in one process (lite).
  chat      {url}/
  metrics   {url}/metrics
  faults    {url}/faults
  logs      {telemetry.log_dir}/app.log
Ask it:
  curl -s -X POST {url}/chat -H 'content-type: application/json' \\
    -d '{{"message": "Where is my order 1042?"}}'
""",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
