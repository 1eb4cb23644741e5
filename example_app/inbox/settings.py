"""What the alert inbox can be told from outside."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_REPOSITORY = Path(__file__).resolve().parents[2]


class InboxSettings(BaseSettings):
    """Settings, read from the environment unless given by name.

    Attributes:
        host: Address to listen on (`HOST`).
        port: TCP port (`PORT`).
        state_dir: Directory of the history (`INBOX_STATE_DIR`); without one it is kept in memory
            and a restart forgets it.
        history: Most alerts kept (`INBOX_HISTORY`).
        runbooks_dir: Directory of the `<Alert>.md` files (`RUNBOOKS_DIR`).
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8080, ge=1, le=65535, validation_alias="PORT")
    state_dir: Path | None = Field(default=None, validation_alias="INBOX_STATE_DIR")
    history: int = Field(default=1000, ge=1, le=100_000, validation_alias="INBOX_HISTORY")
    runbooks_dir: Path = Field(
        default=_REPOSITORY / "docs" / "runbooks", validation_alias="RUNBOOKS_DIR"
    )
