"""`/v1/models`, a path that both vendors have: the headers tell whose answer is wanted."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.simulator.anthropic_routes import AnthropicRoutes
from example_app.simulator.openai_routes import OpenAIRoutes
from example_app.simulator.wire_format import speaks_anthropic


class ModelListRoutes:
    """The handlers of the model list.

    Args:
        openai: Answers in OpenAI's form.
        anthropic: Answers in Anthropic's form, to callers that send `anthropic-version`.
    """

    def __init__(self, openai: OpenAIRoutes, anthropic: AnthropicRoutes) -> None:
        self._openai = openai
        self._anthropic = anthropic

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/v1/models", self._models, methods=["GET"]),
            Route("/v1/models/{name}", self._models, methods=["GET"]),
        ]

    async def _models(self, request: Request) -> Response:
        vendor = self._anthropic if speaks_anthropic(request) else self._openai
        return await vendor.models(request)
