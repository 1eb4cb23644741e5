"""Long runs use the lite version as a process, like the tests of tests/process."""

from tests.process.conftest import free_port, start

__all__ = ["free_port", "start"]
