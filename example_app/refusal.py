"""Why a request is not served: told to the client, not raised, as it is no fault of ours."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Refusal:
    """An answer that is not a chat.

    Attributes:
        status: HTTP status.
        code: a word for programs.
        message: a sentence for people that says what to do.
        field: the part of the request at fault, if one is.
        headers: further headers of the answer.
    """

    status: int
    code: str
    message: str
    field: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def body(self, request_id: str | None) -> dict[str, Any]:
        """Return the JSON body."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        return {"error": error, "request_id": request_id}
