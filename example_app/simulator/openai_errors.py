"""Errors in the form OpenAI's API gives them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_MESSAGE_LIMIT = 500


class OpenAIError(Exception):
    """An error answer.

    Args:
        status: HTTP status code.
        message: What went wrong, for the caller.
        error_type: OpenAI's `type`, such as `invalid_request_error`.
        param: The field at fault, if there is one.
        code: OpenAI's machine-readable `code`, if there is one.
        headers: Extra response headers, such as `Retry-After`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error_type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body: dict[str, Any] = {
            "error": {
                "message": message[:_MESSAGE_LIMIT],
                "type": error_type,
                "param": param,
                "code": code,
            }
        }

    def response(self) -> JSONResponse:
        """The HTTP answer."""
        return JSONResponse(self.body, status_code=self.status, headers=self.headers)


def from_validation(error: ValidationError) -> OpenAIError:
    """The first fault of a request body, named the way OpenAI names fields (`messages[0].role`)."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    param = ""
    for part in first["loc"]:
        param += f"[{part}]" if isinstance(part, int) else f".{part}" if param else part
    return OpenAIError(400, f"Invalid value for '{param}': {first['msg']}.", param=param)


def unknown_model(name: str) -> OpenAIError:
    """404 for a model that is not in the catalogue."""
    return OpenAIError(
        404,
        f"The model `{name[:100]}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


async def handle_openai_error(_request: Request, error: Exception) -> Response:
    """Exception handler for `OpenAIError`."""
    if not isinstance(error, OpenAIError):
        raise error
    return error.response()


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """Exception handler for the framework's own answers (404, 405) in OpenAI's form."""
    if not isinstance(error, HTTPException):
        raise error
    message = f"Invalid URL ({request.method} {request.url.path})"
    if error.status_code not in {404, 405}:
        message = str(error.detail)
    return OpenAIError(error.status_code, message, headers=error.headers).response()


async def handle_unforeseen(_request: Request, _error: Exception) -> Response:
    """500 without a traceback, for a fault of the simulator itself."""
    message = "The server had an error while processing your request."
    return OpenAIError(500, message, error_type="server_error").response()
