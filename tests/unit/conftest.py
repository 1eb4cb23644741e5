"""Unit tests see nothing of the machine's variables and leave the root logger as it was."""

import logging
from collections.abc import Iterator

import pytest

from commands.host_ports import port_variables

_ALSO = ("COMPOSE_PROJECT_NAME", "PUBLIC_HOST", "PORT", "HOST", "LLM_BASE_URL", "FAULTS_ENABLED")


@pytest.fixture(autouse=True)
def _no_stack_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take them away for the time of a test."""
    for name in {*port_variables().values(), *_ALSO}:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Leave the root logger as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
