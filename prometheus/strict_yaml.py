"""YAML in which a key may stand only once."""

from pathlib import Path
from typing import Any

import yaml

from prometheus.bad_rule import BadRuleError


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- the library's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise BadRuleError(f"{key} is there twice ({node.start_mark})".replace("\n", " "))
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> dict[str, Any]:
    """Return the mapping that a file holds.

    Raises:
        BadRuleError: if a key stands twice, or the file is no mapping or no YAML.
    """
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 -- a SafeLoader
    except yaml.YAMLError as error:
        raise BadRuleError(f"{path.name}: {error}") from error
    if not isinstance(document, dict):
        raise BadRuleError(f"{path.name}: must be a mapping")
    return document
