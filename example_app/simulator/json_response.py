"""JSON written by orjson: embeddings are large, and the event loop waits for the writer."""

from typing import Any

import orjson
from starlette.responses import Response


class JsonResponse(Response):
    """An answer whose content is JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return orjson.dumps(content)
