"""What a tool is: a name, arguments that are checked, and work that returns facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class ToolError(Exception):
    """A tool could not do its work; the message is for the model, the code for the metrics."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Arguments(BaseModel):
    """Base of every tool's arguments: what is not asked for is refused."""

    # Models write an order number now as text, now as a number.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


@dataclass(frozen=True)
class Tool:
    """A tool that the model may call.

    Attributes:
        name: what the model and every signal call it.
        description: what the model is told about it.
        arguments: the model of its arguments.
        run: does the work on checked arguments and returns facts as JSON values.
        changes_state: whether it does more than look: its answer is never given again.
        remembers: the part of its result that is worth remembering of a person.
    """

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Any], dict[str, Any]]
    changes_state: bool = False
    remembers: str | None = None

    def offer(self) -> dict[str, Any]:
        """Return the tool as the model's API wants it."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": self.arguments.model_json_schema(),
            },
        }

    def call(self, arguments: str) -> dict[str, Any]:
        """Run the tool on the JSON that the model wrote.

        Raises:
            ToolError: the arguments do not fit, or the work cannot be done.
        """
        try:
            checked = self.arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "arguments"
            raise ToolError("bad_arguments", f"{where}: {first['msg']}") from None
        return self.run(checked)
