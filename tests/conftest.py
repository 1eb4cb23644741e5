"""What holds for every test: where each kind runs, and that nothing is left out in silence."""

from pathlib import Path

import hypothesis
import pytest

from commands.environment import flag
from tests.left_out import RequireStack, read_list

# These ask what runs on this machine, or take hours: they run when they are named.
_ONLY_WHEN_NAMED = ("smoke", "long")


# No test is about speed. CI tries the same examples each time; people's machines look for new ones.
hypothesis.settings.register_profile("here", deadline=None, derandomize=flag("CI"))
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """Turn left-out tests into failures where that is asked for."""
    if flag("REQUIRE_STACK"):
        config.pluginmanager.register(RequireStack(read_list()), "require-stack")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folders that run only when they are named on the command line."""
    here = Path(__file__).parent
    if collection_path.parent != here or collection_path.name not in _ONLY_WHEN_NAMED:
        return None
    named = (Path(config.invocation_params.dir, str(a).split("::")[0]) for a in config.args)
    return None if any(path.is_relative_to(collection_path) for path in named) else True
