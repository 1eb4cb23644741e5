"""Settings of the sample agent: wrong ones stop the start and are named."""

import pytest

from agent_telemetry import ConfigurationError
from example_app.settings import AppSettings


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "http"), ("AGENT_POOL_MAX_SIZE", "0"), ("LLM_BASE_URL", "simulator:8090")],
)
def test_wrong_value_names_its_variable(monkeypatch, variable: str, value: str) -> None:
    """The message has the variable, the value and what is accepted."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        AppSettings.load()
    assert variable in str(caught.value)
    assert value in str(caught.value)
