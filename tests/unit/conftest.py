"""Unit tests see none of the variables that a running stack's tests set for the whole session."""

import pytest

from commands.host_ports import port_variables

_ALSO = ("COMPOSE_PROJECT_NAME", "PUBLIC_HOST", "PORT", "HOST", "LLM_BASE_URL", "FAULTS_ENABLED")


@pytest.fixture(autouse=True)
def _no_stack_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take them away for the time of a test."""
    for name in {*port_variables().values(), *_ALSO}:
        monkeypatch.delenv(name, raising=False)
