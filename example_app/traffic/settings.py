"""What the traffic can be told from outside."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MOST_RATE = 6000
"""Requests a minute that one traffic process sends at most: 100 a second."""


class TrafficSettings(BaseSettings):
    """Settings, read from the environment.

    Attributes:
        target: Base URL of the sample agent (`TARGET`).
        rate: Requests a minute (`TRAFFIC_RATE`), on average.
        seed: Start of every random choice (`TRAFFIC_SEED`): equal seeds, equal visits.
        duration: Seconds to run (`TRAFFIC_DURATION`); without it until told to end.
        report_seconds: Seconds from one report line to the next (`TRAFFIC_REPORT_SECONDS`).
        preset: The agent's preset (`PRESET`): people of its tenants visit, no others.
        heartbeat_file: Touched as long as traffic flows (`TRAFFIC_HEARTBEAT_FILE`); what a
            container's health check looks at. None without it.
    """

    # Not by name: a RATE, SEED or DURATION of somebody else's is none of ours.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    target: str = Field(
        default="http://example-app:8000", pattern=r"^https?://\S+$", validation_alias="TARGET"
    )
    rate: float = Field(
        default=40, gt=0, le=MOST_RATE, allow_inf_nan=False, validation_alias="TRAFFIC_RATE"
    )
    seed: int = Field(default=7, validation_alias="TRAFFIC_SEED")
    duration: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, validation_alias="TRAFFIC_DURATION"
    )
    report_seconds: float = Field(
        default=60, gt=0, allow_inf_nan=False, validation_alias="TRAFFIC_REPORT_SECONDS"
    )
    preset: str = Field(default="", validation_alias="PRESET")
    heartbeat_file: Path | None = Field(default=None, validation_alias="TRAFFIC_HEARTBEAT_FILE")
