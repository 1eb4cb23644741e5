"""The models the simulator knows, read from `models.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

_FILE = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class Model:
    """One model; latencies in seconds, see `models.toml`.

    `vendor` is `openai` or `anthropic`, `kind` is `chat` or `embedding`.
    """

    name: str
    snapshot: str
    vendor: str
    kind: str
    released: date
    first_token: float
    per_prompt_token: float = 0.0
    per_output_token: float = 0.0
    reasoning: bool = False
    dimensions: int = 0
    display_name: str = ""
    line: str = ""

    @property
    def released_at(self) -> datetime:
        """The beginning of its first day."""
        return datetime.combine(self.released, time(), UTC)


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

    def of(self, vendor: str) -> tuple[Model, ...]:
        """The models of one vendor."""
        return tuple(model for model in self.models if model.vendor == vendor)

    def find(self, name: str, vendor: str, kind: str | None = None) -> Model | None:
        """The vendor's model of that name, of that kind if one is given; None without one."""
        model = self._by_name.get(name)
        if model is None or model.vendor != vendor or kind not in {None, model.kind}:
            return None
        return model
