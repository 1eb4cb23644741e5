"""The sample agent on its own: ``python -m example_app``."""

import sys

import uvicorn

from agent_telemetry import ConfigurationError
from example_app.app import create_app
from example_app.settings import AppSettings


def main() -> int:
    """Serve until told to stop."""
    try:
        settings = AppSettings.load()
        app = create_app(settings)
    except ConfigurationError as error:
        print(f"example_app cannot start: {error}", file=sys.stderr)
        return 2
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
