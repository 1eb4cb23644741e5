"""The running stack with something changed for a time: other rules, further containers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from commands.compose_project import ComposeProject
from prometheus.generate import main as generate

#: Starts services as they are wanted now, without those that they depend on.
_START = ("up", "--detach", "--wait", "--no-deps", "--no-build", "--pull", "never")


@dataclass
class ChangedStack:
    """Changes services of the running stack, and puts them back as shipped.

    Attributes:
        project: the running stack.
        folder: where the changes are written; containers read it.
    """

    project: ComposeProject
    folder: Path
    _changed: list[str] = field(default_factory=list)
    _added: list[str] = field(default_factory=list)

    def apply(
        self,
        services: Mapping[str, Mapping[str, Any]],
        *,
        added: Sequence[str] = (),
        **variables: str,
    ) -> None:
        """Start services with changes, and wait until they are healthy.

        Args:
            services: by name, what compose lays over each; with nothing it is only started anew
                with the variables.
            added: those that the shipped file has not got.
            **variables: what the shipped file reads from the environment.
        """
        file = self.folder / "changes.yml"
        file.write_text(yaml.safe_dump({"services": {k: dict(v) for k, v in services.items()}}))
        self._added += added
        self._changed += [name for name in services if name not in added]
        environment = {**self.project.extra_environment, **variables}
        changed = replace(self.project, extra_environment=environment)
        code = changed.run(*_START, *services, overrides=[file], quiet=True)
        assert code == 0, f"{', '.join(services)} did not become healthy"

    def put_back(self) -> None:
        """Remove what was added and start the rest as shipped."""
        file = self.folder / "changes.yml"
        if self._added:
            words = ("rm", "--stop", "--force", *self._added)
            self.project.run(*words, overrides=[file], quiet=True)
            self._added.clear()
        if self._changed:
            self.project.output(*_START, *self._changed)
            self._changed.clear()


def scaled_rules(changed: ChangedStack, factor: float) -> None:
    """Let Prometheus and Loki evaluate the shipped rules with shorter times.

    Raises:
        AssertionError: the rules cannot be written, or a server does not start with them.
    """
    out = changed.folder / "rules"
    assert generate(["--time-scale", str(factor), "--out", str(out)]) == 0
    loki = {"type": "bind", "source": str(out / "loki"), "target": "/etc/loki/rules"}
    changed.apply(
        {"prometheus": {}, "loki": {"volumes": [{**loki, "read_only": True}]}},
        PROMETHEUS_RULES=str(out),
    )
