"""Settings: read from the environment, wrong ones named at start."""

from pathlib import Path

import pytest

from agent_telemetry import ConfigurationError, Settings


def test_empty_environment_exports_nothing() -> None:
    """Without an endpoint nothing is exported and logs go to standard output only."""
    settings = Settings.from_env("agent", {})
    assert settings.service_name == "agent"
    assert settings.otlp_traces_endpoint is None
    assert settings.log_dir is None
    assert settings.log_stdout


def test_standard_variables_are_honoured() -> None:
    """OTEL_* variables mean what the OpenTelemetry specification says."""
    env = {
        "OTEL_SERVICE_NAME": "from-env",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/",
        "AGENT_TELEMETRY_LOG_DIR": "/var/log/agent",
        "AGENT_TELEMETRY_LOG_LEVEL": "warning",
        "AGENT_TELEMETRY_STRICT": "1",
    }
    settings = Settings.from_env("from-code", env)
    assert settings.service_name == "from-env"
    assert settings.otlp_traces_endpoint == "http://collector:4318/v1/traces"
    assert settings.log_dir == Path("/var/log/agent")
    assert settings.log_level == "WARNING"
    assert settings.strict


def test_signal_endpoint_is_used_as_it_is() -> None:
    """The URL for traces wins over the base URL and is not extended."""
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other:9/x",
    }
    assert Settings.from_env("a", env).otlp_traces_endpoint == "http://other:9/x"


@pytest.mark.parametrize(
    "switch", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}]
)
def test_export_can_be_switched_off(switch: dict[str, str]) -> None:
    """The standard switches stop the export although an endpoint is set."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", **switch}
    assert Settings.from_env("a", env).otlp_traces_endpoint is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AGENT_TELEMETRY_SPAN_QUEUE_SIZE", "0"),
        ("AGENT_TELEMETRY_SPAN_QUEUE_SIZE", "many"),
        ("AGENT_TELEMETRY_SPAN_QUEUE_SIZE", "-5"),
        ("AGENT_TELEMETRY_STRICT", "maybe"),
        ("AGENT_TELEMETRY_LOG_LEVEL", "LOUD"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317"),
    ],
)
def test_wrong_value_names_its_variable(variable: str, value: str) -> None:
    """A wrong value stops the start; the message names variable, value and what is accepted."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env("a", {variable: value})
    assert variable in str(caught.value)
    assert "accepted" in str(caught.value)
