"""The models the simulator knows, read from `models.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class Model:
    """One model; latencies in seconds, see `models.toml`."""

    name: str
    snapshot: str
    kind: str
    first_token: float
    per_prompt_token: float = 0.0
    per_output_token: float = 0.0
    reasoning: bool = False
    dimensions: int = 0


class ModelCatalogue:
    """Finds a model by its name or by the name of its dated snapshot."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        self.models = models
        self._by_name = {name: m for m in models for name in (m.snapshot, m.name)}

    @classmethod
    def load(cls, path: Path = _FILE) -> "ModelCatalogue":
        """Reads the catalogue from a TOML file of `[[model]]` tables."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(Model(**row) for row in table["model"]))

    def find(self, name: str, kind: str) -> Model | None:
        """The model of that name and kind (`chat` or `embedding`), or None."""
        model = self._by_name.get(name)
        return model if model is not None and model.kind == kind else None
