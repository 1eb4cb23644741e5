"""Which vendor's format a request speaks, and error answers in that format."""

from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from example_app.simulator.anthropic_errors import anthropic_error, anthropic_error_type
from example_app.simulator.api_error import ApiError
from example_app.simulator.json_response import JsonResponse
from example_app.simulator.model_span import mark_failure
from example_app.simulator.openai_errors import openai_error, openai_error_type
from example_app.simulator.request_ids import request_id_of


def speaks_anthropic(request: Request) -> bool:
    """Whether the caller expects Anthropic's format: by the path, for models by the header."""
    path = request.url.path
    if path.startswith("/v1/models"):
        return "anthropic-version" in request.headers
    return path.startswith("/v1/messages")


async def handle_api_error(request: Request, error: Exception) -> Response:
    """Exception handler for `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    anthropic = speaks_anthropic(request)
    name = anthropic_error_type if anthropic else openai_error_type
    mark_failure(trace.get_current_span(), error.status, name(error.status))
    return _answer(request, error)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """Exception handler for the framework's own answers (404, 405)."""
    if not isinstance(error, HTTPException):
        raise error
    message = f"Invalid URL ({request.method} {request.url.path})"
    if error.status_code not in {404, 405}:
        message = str(error.detail)
    response = _answer(request, ApiError(error.status_code, message))
    response.headers.update(error.headers or {})
    return response


async def handle_unforeseen(request: Request, _error: Exception) -> Response:
    """500 without a traceback, for a fault of the simulator itself."""
    message = "The server had an error while processing your request."
    return _answer(request, ApiError(500, message))


def _answer(request: Request, error: ApiError) -> Response:
    if speaks_anthropic(request):
        body, headers = anthropic_error(error, request_id_of(request.scope))
    else:
        body, headers = openai_error(error)
    return JsonResponse(body, status_code=error.status, headers=headers)
