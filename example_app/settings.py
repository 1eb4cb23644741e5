"""What the sample agent can be told from outside, by environment variables."""

from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_telemetry import ConfigurationError
from example_app.data_folder import DATA
from example_app.presets import Preset

__all__ = ["DATA", "AppSettings"]


class AppSettings(BaseSettings):
    """Settings of the sample agent; each is the variable of its name in capitals.

    Attributes:
        preset: name of a file in ``example_app/presets``; empty is the demo. What it sets is a
            default: a variable of its own wins over it.
        host: address to listen on.
        port: TCP port.
        public_host: host name in the links that people click.
        stack_links: whether Grafana, Jaeger and the inbox run and are worth a link.
        grafana_port: Grafana's port in links.
        jaeger_port: Jaeger's port in links.
        inbox_port: the alert inbox' port in links.
        llm_base_url: API in OpenAI's format, the simulator or a real provider.
        llm_api_key: key for it.
        llm_model: model that is asked.
        llm_fallback_model: model that is asked once when the other one keeps failing; empty: none.
        llm_timeout_seconds: longest wait for one answer of the model.
        faults_enabled: whether ``/faults`` exists.
        auth_required: whether a request needs a tenant's key.
        agent_pool_max_size: most agents at work at once.
        agent_queue_size: most chats that wait for an agent.
        agent_queue_seconds: longest wait for an agent.
        cache_ttl_seconds: how long an answer may be given again.
        session_ttl_seconds: how long a session lives after its last message.
        memory_ttl_seconds: how long it is remembered what a person spoke of.
        benchmark_seconds: time between two questions of the accuracy benchmark; 0 asks none.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    preset: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_host: str = "localhost"
    stack_links: bool = False
    grafana_port: int = 3000
    jaeger_port: int = 16686
    inbox_port: int = 8080
    llm_base_url: str = Field(default="http://127.0.0.1:8090/v1", pattern=r"^https?://\S+$")
    llm_api_key: str = ""
    llm_model: str = Field(default="gpt-4o-mini", min_length=1)
    llm_fallback_model: str = ""
    llm_timeout_seconds: float = Field(default=30, gt=0, le=600)
    faults_enabled: bool = False
    auth_required: bool = False
    agent_pool_max_size: int = Field(default=20, ge=1, le=500)
    agent_queue_size: int = Field(default=400, ge=0, le=10_000)
    agent_queue_seconds: float = Field(default=60, gt=0)
    cache_ttl_seconds: int = Field(default=3600, ge=1)
    session_ttl_seconds: int = Field(default=1800, ge=1)
    memory_ttl_seconds: int = Field(default=86_400, ge=1)
    benchmark_seconds: int = Field(default=60, ge=0)

    @classmethod
    def load(cls, **given: Any) -> "AppSettings":
        """Read the settings: what is given by name, then the environment, then the preset.

        Raises:
            ConfigurationError: a variable has a value that is not accepted.
        """
        try:
            read = cls(**given)
            chosen = {name: getattr(read, name) for name in read.model_fields_set}
            preset = Preset.load(read.preset).settings.model_dump(exclude_none=True)
            return cls(**{**preset, **chosen}) if preset else read
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]).upper()
            raise ConfigurationError(name, first["input"], first["msg"]) from None
