"""What the alert inbox can be told from outside."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_REPOSITORY = Path(__file__).resolve().parents[2]
_MOST_ADDRESS = 2000


def _web_address(secret: SecretStr) -> SecretStr:
    if not is_web_address(secret.get_secret_value()):
        raise ValueError("must be an address that begins with http:// or https://")
    return secret


def is_web_address(text: str) -> bool:
    """Whether a text is an address that can be asked for."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and text.isprintable()
            and " " not in text
            and len(text) <= _MOST_ADDRESS
        )
    except ValueError:
        return False


class PingAddressError(ValueError):
    """The file with the address to ping cannot be used; the message names the variable."""


class InboxSettings(BaseSettings):
    """Settings, read from the environment unless given by name.

    Attributes:
        host: Address to listen on (`HOST`).
        port: TCP port (`PORT`).
        state_dir: Directory of the history (`INBOX_STATE_DIR`); without one it is kept in memory
            and a restart forgets it.
        history: Most alerts kept (`INBOX_HISTORY`).
        history_days: Days for which an alert is kept after its last delivery
            (`INBOX_HISTORY_DAYS`).
        silent_hours: Hours without a repeat after which a firing alert counts as over
            (`INBOX_SILENT_HOURS`); more than Alertmanager's `repeat_interval`.
        runbooks_dir: Directory of the `<Alert>.md` files (`RUNBOOKS_DIR`).
        ping_url: Asked for at each Watchdog beat (`WATCHDOG_PING_URL`).
        ping_url_file: File that holds the address (`WATCHDOG_PING_URL_FILE`); one that is empty
            or not there means none. `ping_url` goes first.
        public_host: Host name in the links to the other pages (`PUBLIC_HOST`).
        stack_links: Whether Grafana, Jaeger and the agent run and are worth a link
            (`STACK_LINKS`).
        app_port: The agent's port in links (`APP_PORT`).
        grafana_port: Grafana's port in links (`GRAFANA_PORT`).
        jaeger_port: Jaeger's port in links (`JAEGER_PORT`).
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8080, ge=1, le=65535, validation_alias="PORT")
    state_dir: Path | None = Field(default=None, validation_alias="INBOX_STATE_DIR")
    history: int = Field(default=1000, ge=1, le=100_000, validation_alias="INBOX_HISTORY")
    history_days: float = Field(
        default=30, gt=0, le=3650, allow_inf_nan=False, validation_alias="INBOX_HISTORY_DAYS"
    )
    silent_hours: float = Field(
        default=13, gt=0, le=8760, allow_inf_nan=False, validation_alias="INBOX_SILENT_HOURS"
    )
    runbooks_dir: Path = Field(
        default=_REPOSITORY / "docs" / "runbooks", validation_alias="RUNBOOKS_DIR"
    )
    ping_url: Annotated[SecretStr, AfterValidator(_web_address)] | None = Field(
        default=None, validation_alias="WATCHDOG_PING_URL"
    )
    ping_url_file: Path | None = Field(default=None, validation_alias="WATCHDOG_PING_URL_FILE")
    public_host: str = Field(default="localhost", validation_alias="PUBLIC_HOST")
    stack_links: bool = Field(default=False, validation_alias="STACK_LINKS")
    app_port: int = Field(default=8000, ge=1, le=65535, validation_alias="APP_PORT")
    grafana_port: int = Field(default=3000, ge=1, le=65535, validation_alias="GRAFANA_PORT")
    jaeger_port: int = Field(default=16686, ge=1, le=65535, validation_alias="JAEGER_PORT")

    def ping_address(self) -> str | None:
        """The address to ping, from the variable or the file, or None.

        Raises:
            PingAddressError: The file holds something else, or cannot be read.
        """
        if self.ping_url is not None:
            return self.ping_url.get_secret_value()
        if self.ping_url_file is None or not self.ping_url_file.exists():
            return None
        try:
            text = self.ping_url_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise PingAddressError(
                f"WATCHDOG_PING_URL_FILE: the file cannot be read: {type(error).__name__}"
            ) from None
        if text and not is_web_address(text):
            raise PingAddressError(
                "WATCHDOG_PING_URL_FILE: the file must hold an address that begins with http://"
                " or https://, or nothing"
            )
        return text or None
