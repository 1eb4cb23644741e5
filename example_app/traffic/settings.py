"""What the traffic can be told from outside."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class TrafficSettings(BaseSettings):
    """Settings, read from the environment unless given by name.

    Attributes:
        target: Base URL of the sample agent (`TARGET`).
        rate: Requests a minute (`TRAFFIC_RATE`), on average.
        seed: Start of every random choice (`TRAFFIC_SEED`): equal seeds, equal visits.
        duration: Seconds to run (`TRAFFIC_DURATION`); without it until told to end.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    target: str = Field(
        default="http://example-app:8000", pattern=r"^https?://\S+$", validation_alias="TARGET"
    )
    rate: float = Field(
        default=40, gt=0, le=6000, allow_inf_nan=False, validation_alias="TRAFFIC_RATE"
    )
    seed: int = Field(default=7, validation_alias="TRAFFIC_SEED")
    duration: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, validation_alias="TRAFFIC_DURATION"
    )
