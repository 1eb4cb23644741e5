"""`python -m example_app.traffic`: sends traffic to the sample agent."""

import example_app.traffic.monkey_patch  # noqa: F401, I001 -- first of all

import sys

from pydantic import ValidationError

from agent_telemetry import ConfigurationError
from example_app.bad_settings import BAD_SETTING, tell_bad_settings
from example_app.presets import Preset
from example_app.traffic.prompts import Prompts
from example_app.traffic.settings import TrafficSettings


def main() -> int:
    """Runs until the end; returns the exit code."""
    try:
        settings = TrafficSettings()
        tenants = Preset.load(settings.preset).who_may_ask().ids
    except ValidationError as error:
        return tell_bad_settings("traffic", error)
    except ConfigurationError as error:
        print(f"traffic: {error}", file=sys.stderr)
        return BAD_SETTING
    # Imported late: a bad setting should be told without loading Locust.
    from example_app.traffic.run import run_traffic  # noqa: PLC0415

    run_traffic(settings, Prompts.load().of_tenants(tenants))
    return 0


if __name__ == "__main__":
    sys.exit(main())
