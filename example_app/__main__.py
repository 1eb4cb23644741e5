"""The sample agent on its own: ``python -m example_app``."""

import sys

from agent_telemetry import ConfigurationError
from example_app.app import create_app
from example_app.serving import listen, serve
from example_app.settings import AppSettings


def main() -> int:
    """Serve until told to stop."""
    try:
        settings = AppSettings.load()
        listener = listen(settings.host, settings.port, "PORT")
        app = create_app(settings)
    except ConfigurationError as error:
        print(f"example_app cannot start: {error}", file=sys.stderr)
        return 2
    serve(app, listener)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
