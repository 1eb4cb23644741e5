"""Which containers count as dead."""

import pytest

from commands.compose_project import Container
from commands.dead_containers import dead_containers, obituary


class FakeProject:
    """A project whose containers and logs are given."""

    def __init__(self, *containers, restart="unless-stopped", lines=()):
        self.config = {"services": {"app": {"restart": restart}}}
        self._containers, self._lines = containers, list(lines)

    def containers(self):
        """Return what was given."""
        return self._containers

    def log_lines(self, _service, count):
        """Return the last lines that were given."""
        return self._lines[-count:]


def _container(state, exit_code=0, health=""):
    return Container("app", "p-app-1", state, health, exit_code, ())


@pytest.mark.parametrize(
    ("container", "restart", "dead"),
    [
        (_container("running"), "unless-stopped", False),
        (_container("running", health="starting"), "unless-stopped", False),
        (_container("running", health="unhealthy"), "unless-stopped", True),
        (_container("restarting", 1), "unless-stopped", True),
        (_container("exited", 1), "no", True),
        (_container("exited", 0), "no", False),
        (_container("exited", 0), "unless-stopped", True),
        (_container("created"), "unless-stopped", False),
    ],
)
def test_dead_or_not(container, restart, dead):
    """A job that ended well is no corpse; whoever failed, restarts or is unhealthy is."""
    found = dead_containers(FakeProject(container, restart=restart))
    assert found == ([container] if dead else [])


def test_obituary_has_the_last_fifty_lines():
    """What a dead container said last is told: fifty lines of it."""
    container = _container("exited", 3)
    told = obituary(FakeProject(container, lines=[f"line {n}" for n in range(80)]), container)
    assert told.splitlines()[0] == "app: exited (3). Its last lines:"
    assert told.splitlines()[1:] == [f"line {n}" for n in range(30, 80)]
