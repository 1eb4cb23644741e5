"""What the simulator can be told from outside."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SimulatorSettings(BaseSettings):
    """Settings, read from the environment unless given by name.

    Attributes:
        host: Address to listen on (`HOST`).
        port: TCP port (`PORT`); 0 picks a free one, which only a thread can tell (lite, tests).
        seed: Start of every random choice (`SIM_SEED`): equal seeds and calls, equal answers.
        latency_scale: Factor on all model latency (`SIM_LATENCY_SCALE`); 0 answers at once.
        cache_min_tokens: Shortest prompt prefix, in tokens, that counts as cached when seen
            again (`SIM_CACHE_MIN_TOKENS`). OpenAI's own limit is 1024; the default is lower
            because the prompts of a demo are short and its cached tokens should be seen.
        faults_enabled: Whether faults may be started or ordered by header (`FAULTS_ENABLED`).
        otlp_endpoint: OTLP/HTTP base URL for the simulator's own spans
            (`OTEL_EXPORTER_OTLP_ENDPOINT`); empty sends none.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8090, ge=0, le=65535, validation_alias="PORT")
    seed: int = Field(default=7, validation_alias="SIM_SEED")
    latency_scale: float = Field(
        default=1.0, ge=0, le=100, allow_inf_nan=False, validation_alias="SIM_LATENCY_SCALE"
    )
    cache_min_tokens: int = Field(default=256, ge=1, validation_alias="SIM_CACHE_MIN_TOKENS")
    faults_enabled: bool = Field(default=True, validation_alias="FAULTS_ENABLED")
    otlp_endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
