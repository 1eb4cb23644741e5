"""Long runs use the lite version as a process, like the tests of tests/process."""

from pathlib import Path

import pytest

from tests.fixed_order import keep_order
from tests.process.conftest import free_port, start

__all__ = ["free_port", "start"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults are tried one after another on one stack, and their ends are awaited last."""
    keep_order(items, Path(__file__).parent, {})
