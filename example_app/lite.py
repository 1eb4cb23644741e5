"""The agent and its model simulator in one process: ``python -m example_app.lite``.

Needs no server and fetches nothing. Logs and state go below ``.run/``.
"""

import logging
import os
import sys

from pydantic import ValidationError

from agent_telemetry import ConfigurationError, Settings, create_observability_stack
from example_app.app import create_app
from example_app.lite_alerts import add_lite_rules, evaluate_in_process
from example_app.run_folder import keep_telemetry_in_files
from example_app.serving import listen, serve
from example_app.settings import AppSettings
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread


def main() -> int:
    """Serve until told to stop."""
    keep_telemetry_in_files()
    evaluate_in_process()
    os.environ.setdefault("FAULTS_ENABLED", "1")
    if os.environ.get("APP_PORT"):
        os.environ.setdefault("PORT", os.environ["APP_PORT"])
    try:
        settings = AppSettings.load()
        telemetry = Settings.from_env("example-agent")
        listener = listen(settings.host, settings.port, "APP_PORT")
        if not os.environ.get("LLM_BASE_URL"):
            settings = AppSettings.load(llm_base_url=_start_simulator())
        stack = create_observability_stack(settings=telemetry)
        add_lite_rules(stack)
        app = create_app(settings, stack)
    except (ConfigurationError, ValidationError) as error:
        print(f"lite cannot start: {error}", file=sys.stderr)
        return 2
    _greet(settings, listener.getsockname()[1], telemetry)
    serve(app, listener)
    # The log files are closed. What chats that were given up still say is for nobody.
    logging.disable(logging.CRITICAL)
    return 0


def _start_simulator() -> str:
    """Start the model simulator in a thread that ends with the process; return its base URL."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    return SimulatorThread(
        SimulatorSettings(host="127.0.0.1", port=0, otlp_endpoint=endpoint)
    ).start()


def _greet(settings: AppSettings, port: int, telemetry: Settings) -> None:
    url = f"http://{settings.public_host}:{port}"
    print(
        f"""\
The sample agent runs in one process (lite).
  chat      {url}/
  console   {url}/console/
  metrics   {url}/metrics
  faults    {url}/faults
  alerts    {url}/alerts
  logs      {telemetry.log_dir}/app.log
Ask it:
  curl -s -X POST {url}/chat -H 'content-type: application/json' \\
    -d '{{"message": "Where is my order 1042?"}}'
""",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
