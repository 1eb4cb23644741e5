"""An error answer of the provider, whatever HTTP format will carry it."""

from pydantic import ValidationError

_BRANCH_NAMES = frozenset({"str", "int", "constrained-str"})


class ApiError(Exception):
    """An error answer.

    Args:
        status: HTTP status code; each format derives its own error type from it.
        message: What went wrong, for the caller; with `path` only the reason.
        path: Way to the field at fault, such as `("messages", 0, "role")`.
        code: OpenAI's machine-readable code, if there is one.
        retry_after: Seconds after which the caller may come back, if it should.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        path: tuple[str | int, ...] = (),
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.path = path
        self.code = code
        self.retry_after = retry_after


def from_validation(error: ValidationError) -> ApiError:
    """400 for the fault of a request body that lies deepest, the first of them."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    deepest = max(faults, key=lambda fault: len(fault["loc"]))
    path = tuple(part for part in deepest["loc"] if not _names_a_branch(part))
    return ApiError(400, deepest["msg"], path=path)


def _names_a_branch(part: str | int) -> bool:
    """Whether a part of a location names the branch of a union tried, and no field."""
    return isinstance(part, str) and (part in _BRANCH_NAMES or not part.isidentifier())
