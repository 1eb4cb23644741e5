"""Every setting of the library, read from the environment in one place."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from agent_telemetry.alerting.settings import AlertSettings
from agent_telemetry.console.settings import ConsoleSettings
from agent_telemetry.content import mode as content_mode
from agent_telemetry.content.mode import ContentMode
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.logs.elasticsearch_settings import ElasticsearchSettings
from agent_telemetry.logs.levels import ACCEPTED_LEVELS, level_number, tenant_levels
from agent_telemetry.logs.sampling import ACCEPTED, SamplingRule

#: Probes and pages: no span, no log line and no ``agent_*`` metric for them.
UNOBSERVED_PATHS = (
    "/",
    "/alerts",
    "/console",
    "/diagnostics",
    "/docs",
    "/faults",
    "/favicon.ico",
    "/health",
    "/metrics",
    "/openapi.json",
    "/ready",
    "/stats",
)

T = TypeVar("T")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the library was told to do.

    Attributes:
        service_name: one value for ``service.name``, ``service`` and ``service_name``.
        otlp_traces_endpoint: full URL for spans, or None: nothing is exported.
        zipkin_endpoint: full URL for spans at a Zipkin server, or None: none go there.
        log_dir: folder of the JSON files, or None: standard output only.
        log_stdout: whether JSON lines go to standard output.
        log_stderr: whether errors also go to standard error.
        log_level: least severe level that is kept.
        tenant_levels: the same for single tenants, by tenant id.
        log_sampling: which records of a flood, or of successful requests, are left out.
        log_file_bytes: size in bytes at which a log file is rotated.
        log_file_backups: rotated files kept per log file.
        audit_file_bytes: size in bytes at which the audit trail goes on in a new file.
        audit_files_kept: full files of the audit trail that are kept; 0 keeps all.
        redact: whether personal data and secrets are taken out of logs, spans and audit records.
        redact_patterns_file: TOML file of own patterns for that.
        token_limit: tokens that one run should stay below; 0 is no limit.
        prices_source: ``bundled``, or ``genai-prices`` for models that the table does not have.
        budgets_file: TOML or JSON file of budgets.
        state_dir: folder of the ledger (cost, users, budgets), or None: kept in memory.
        prices_file: JSON file of own prices, laid over the bundled table.
        span_queue_size: most spans held while the backend is away.
        span_queue_bytes: most bytes (estimated) held while the backend is away.
        attribute_length: most characters kept of one span attribute.
        span_bytes: most bytes (estimated) kept of one span.
        content: where messages, and arguments and results of tools, are captured.
        shutdown_seconds: deadline for everything that ``shutdown`` waits for.
        exemplar_seconds: least time between two exemplars of one series and bucket.
        loop_calls: calls of models and tools that one run may need before it looks like a loop.
        strict: raise the library's own faults instead of counting them (for tests).
        elasticsearch: where log records are stored beside the files, and how.
        alerts: whether, how often and to whom alerts are told from inside the process.
        console: how much the console keeps.
        unobserved_paths: request paths without span, log line and ``agent_*`` metrics.
    """

    service_name: str
    otlp_traces_endpoint: str | None = None
    zipkin_endpoint: str | None = None
    log_dir: Path | None = None
    log_stdout: bool = True
    log_stderr: bool = True
    log_level: str = "INFO"
    tenant_levels: Mapping[str, str] = field(default_factory=dict)
    log_sampling: SamplingRule = field(default_factory=SamplingRule)
    log_file_bytes: int = 50 * 1024 * 1024
    log_file_backups: int = 5
    audit_file_bytes: int = 50 * 1024 * 1024
    audit_files_kept: int = 0
    redact: bool = True
    redact_patterns_file: Path | None = None
    token_limit: int = 0
    state_dir: Path | None = None
    prices_file: Path | None = None
    prices_source: str = "bundled"
    budgets_file: Path | None = None
    span_queue_size: int = 4096
    span_queue_bytes: int = 32 * 1024 * 1024
    attribute_length: int = 4096
    span_bytes: int = 256 * 1024
    content: ContentMode = ContentMode.NO_CONTENT
    shutdown_seconds: float = 1.0
    exemplar_seconds: float = 15.0
    loop_calls: int = 25
    strict: bool = False
    elasticsearch: ElasticsearchSettings = field(default_factory=ElasticsearchSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    unobserved_paths: tuple[str, ...] = UNOBSERVED_PATHS

    @classmethod
    def from_env(cls, service_name: str, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; what the operator set wins over what the code passed.

        Args:
            service_name: used unless ``OTEL_SERVICE_NAME`` is set.
            env: the variables, ``os.environ`` by default.

        Raises:
            ConfigurationError: a variable has a value that is not accepted.
        """
        read = _Reader(os.environ if env is None else env)
        name = read.text("OTEL_SERVICE_NAME") or service_name
        if not name.strip():
            raise ConfigurationError("OTEL_SERVICE_NAME", name, "a name that is not empty")
        return cls(
            service_name=name,
            otlp_traces_endpoint=_traces_endpoint(read),
            zipkin_endpoint=_zipkin_endpoint(read),
            log_dir=read.path("AGENT_TELEMETRY_LOG_DIR"),
            log_stdout=read.flag("AGENT_TELEMETRY_LOG_STDOUT", default=True),
            log_stderr=read.flag("AGENT_TELEMETRY_LOG_STDERR", default=True),
            log_level=read.level("AGENT_TELEMETRY_LOG_LEVEL", "INFO"),
            tenant_levels=read.parsed(
                "AGENT_TELEMETRY_TENANT_LEVELS",
                tenant_levels,
                f"tenant=LEVEL,…; a level is {ACCEPTED_LEVELS}",
            ),
            log_sampling=read.parsed("AGENT_TELEMETRY_LOG_SAMPLING", SamplingRule.parse, ACCEPTED),
            log_file_bytes=read.whole("AGENT_TELEMETRY_LOG_FILE_BYTES", cls.log_file_bytes, 4096),
            log_file_backups=read.whole("AGENT_TELEMETRY_LOG_FILE_BACKUPS", cls.log_file_backups),
            audit_file_bytes=read.whole(
                "AGENT_TELEMETRY_AUDIT_FILE_BYTES", cls.audit_file_bytes, 4096
            ),
            audit_files_kept=read.whole("AGENT_TELEMETRY_AUDIT_FILES_KEPT", 0),
            redact=read.flag("AGENT_TELEMETRY_REDACT", default=True),
            redact_patterns_file=read.path("AGENT_TELEMETRY_REDACT_PATTERNS_FILE"),
            token_limit=read.whole("AGENT_TELEMETRY_TOKEN_LIMIT", 0),
            state_dir=read.path("AGENT_TELEMETRY_STATE_DIR"),
            prices_file=read.path("AGENT_TELEMETRY_PRICES_FILE"),
            prices_source=read.text("AGENT_TELEMETRY_PRICES_SOURCE") or cls.prices_source,
            budgets_file=read.path("AGENT_TELEMETRY_BUDGETS_FILE"),
            span_queue_size=read.whole("AGENT_TELEMETRY_SPAN_QUEUE_SIZE", cls.span_queue_size, 1),
            span_queue_bytes=read.whole(
                "AGENT_TELEMETRY_SPAN_QUEUE_BYTES", cls.span_queue_bytes, 1024
            ),
            attribute_length=read.whole(
                "AGENT_TELEMETRY_ATTRIBUTE_LENGTH", cls.attribute_length, 16
            ),
            span_bytes=read.whole("AGENT_TELEMETRY_SPAN_BYTES", cls.span_bytes, 4096),
            content=read.parsed(content_mode.VARIABLE, ContentMode.parse, content_mode.ACCEPTED),
            loop_calls=read.whole("AGENT_TELEMETRY_LOOP_CALLS", cls.loop_calls, 1),
            strict=read.flag("AGENT_TELEMETRY_STRICT", default=False),
            elasticsearch=ElasticsearchSettings.read(read),
            alerts=AlertSettings.read(read),
            console=ConsoleSettings.read(read),
        )


def _traces_endpoint(read: "_Reader") -> str | None:
    """Return the URL for spans by the OTLP exporter specification (signal URL wins, as it is)."""
    if read.flag("OTEL_SDK_DISABLED", default=False):
        return None
    if read.text("OTEL_TRACES_EXPORTER") == "none":
        return None
    full = read.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if full:
        return full
    base = read.url("OTEL_EXPORTER_OTLP_ENDPOINT")
    return base.rstrip("/") + "/v1/traces" if base else None


def _zipkin_endpoint(read: "_Reader") -> str | None:
    if read.flag("OTEL_SDK_DISABLED", default=False):
        return None
    if read.text("OTEL_TRACES_EXPORTER") == "none":
        return None
    return read.url("OTEL_EXPORTER_ZIPKIN_ENDPOINT")


class _Reader:
    """Reads typed values, raising a ``ConfigurationError`` that names the variable."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def text(self, variable: str) -> str:
        return self._env.get(variable, "").strip()

    def path(self, variable: str) -> Path | None:
        text = self.text(variable)
        return Path(text) if text else None

    def flag(self, variable: str, *, default: bool) -> bool:
        if variable not in self._env:
            return default
        text = self.text(variable).lower()
        if text not in _TRUE | _FALSE:
            raise ConfigurationError(variable, text, "1, true, yes, on, 0, false, no, off")
        return text in _TRUE

    def whole(self, variable: str, default: int, least: int = 0) -> int:
        text = self.text(variable)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise ConfigurationError(variable, text, f"a whole number of at least {least}")
        return int(text)

    def level(self, variable: str, default: str) -> str:
        text = self.text(variable).upper() or default
        if level_number(text) is None:
            raise ConfigurationError(variable, text, ACCEPTED_LEVELS)
        return text

    def parsed(self, variable: str, parse: Callable[[str], T | None], accepted: str) -> T:
        text = self.text(variable)
        value = parse(text)
        if value is None:
            raise ConfigurationError(variable, text, accepted)
        return value

    def url(self, variable: str) -> str | None:
        text = self.text(variable)
        if not text:
            return None
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(variable, text, "a URL such as http://otel-collector:4318")
        return text
