"""Presets: the sample agent set up for one kind of business, from one file each."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agent_telemetry import ConfigurationError
from example_app.data_folder import DATA
from example_app.tenants import BENCHMARK, TENANTS, Tenant, Tenants

PRESETS = Path(__file__).parent / "presets"

TenantId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PresetTenant(_Part):
    """A tenant of a preset; its key comes from the environment, never from the file."""

    tenant_id: TenantId
    requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    vip: bool = False


class PresetSettings(_Part):
    """Settings that a preset may choose; the variable of the same name wins over it."""

    auth_required: bool | None = None
    agent_pool_max_size: int | None = None
    agent_queue_size: int | None = None
    agent_queue_seconds: float | None = None
    cache_ttl_seconds: int | None = None
    session_ttl_seconds: int | None = None
    memory_ttl_seconds: int | None = None
    benchmark_seconds: int | None = None
    llm_timeout_seconds: float | None = None


class Preset(_Part):
    """How the sample agent is set up; without a preset it is the demo.

    Attributes:
        default_template: the agent that answers when a request names none.
        sensitive_words: file of the sensitive words, below ``example_app/data``.
        audit: ``full`` writes every chat into the audit trail; ``decisions`` leaves out those that
            were simply answered.
        others_per_minute: rate limit of tenants that are not named here.
        tenants: who has a key; the demo's when there are none.
        settings: settings in the place of the usual defaults.
    """

    default_template: Literal["support", "research"] = "support"
    sensitive_words: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,60}\.toml$")] = (
        "sensitive_words.toml"
    )
    audit: Literal["full", "decisions"] = "full"
    others_per_minute: int = Field(default=6000, ge=1, le=1_000_000)
    tenants: tuple[PresetTenant, ...] = Field(default=(), alias="tenant")
    settings: PresetSettings = PresetSettings()

    @classmethod
    def load(cls, name: str, folder: Path | None = None) -> "Preset":
        """Read a preset; an empty name is the demo.

        Raises:
            ConfigurationError: there is no such preset, or its file is not right.
        """
        if not name:
            return cls()
        known = {path.stem: path for path in sorted((folder or PRESETS).glob("*.toml"))}
        if name not in known:
            raise ConfigurationError("PRESET", name, f"one of {', '.join(known)}, or nothing")
        try:
            return cls.read(tomllib.loads(known[name].read_text("utf-8")))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            what = f"a file {known[name].name} without mistakes; {where}: {first['msg']}"
            raise ConfigurationError("PRESET", name, what) from None
        except (OSError, ValueError) as error:
            what = f"a file {known[name].name} in TOML; {error}"
            raise ConfigurationError("PRESET", name, what) from None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Preset":
        """Check the values of a file.

        Raises:
            ValidationError: they do not fit.
            ValueError: they contradict each other or name a file that is not there.
        """
        preset = cls.model_validate(values)
        ids = [tenant.tenant_id for tenant in preset.tenants]
        if len(ids) != len(set(ids)):
            raise ValueError("a tenant is named twice")
        if BENCHMARK in ids:
            raise ValueError(f"the tenant {BENCHMARK} is reserved")
        if not preset.words_file.is_file():
            raise ValueError(f"there is no file {preset.sensitive_words}")
        return preset

    @property
    def words_file(self) -> Path:
        """The file of the sensitive words."""
        return DATA / self.sensitive_words

    def who_may_ask(self) -> Tenants:
        """Return the tenants."""
        if not self.tenants:
            return Tenants(TENANTS, self.others_per_minute)
        own = {
            each.tenant_id: Tenant(each.tenant_id, each.requests_per_minute, each.vip)
            for each in self.tenants
        }
        return Tenants(own, self.others_per_minute)
