"""`python -m example_app.traffic`: sends traffic to the sample agent."""

import sys

from pydantic import ValidationError

from example_app.traffic.settings import TrafficSettings


def main() -> int:
    """Runs until the end; returns the exit code."""
    try:
        settings = TrafficSettings()
    except ValidationError as error:
        for fault in error.errors():
            print(f"traffic: {fault['loc'][0]}: {fault['msg']}", file=sys.stderr)
        return 2
    # Imported late: Locust takes over the process, and a bad setting should be told without it.
    from example_app.traffic.run import run_traffic  # noqa: PLC0415

    run_traffic(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
