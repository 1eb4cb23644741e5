"""The body of `POST /v1/embeddings`, and its answer."""

import asyncio
import base64
import struct
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from example_app.simulator.api_error import ApiError, from_validation
from example_app.simulator.embeddings import embed
from example_app.simulator.model_catalogue import Model
from example_app.simulator.tokens import text_tokens

_MOST_TEXTS = 2048
_MOST_TOKENS = 300_000
_TEXTS_AT_ONCE = 64
"""Texts worked on before other calls have their turn."""

_Text = Annotated[str, Field(min_length=1)]
_Tokens = Annotated[
    list[Annotated[int, Field(ge=0)]], Field(fail_fast=True, min_length=1, max_length=_MOST_TOKENS)
]


class EmbeddingRequest(BaseModel):
    """The fields the simulator acts on. Texts may come as token numbers, as OpenAI allows."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: (
        _Text
        | Annotated[list[_Text], Field(fail_fast=True, min_length=1, max_length=_MOST_TEXTS)]
        | _Tokens
        | Annotated[list[_Tokens], Field(fail_fast=True, min_length=1, max_length=_MOST_TEXTS)]
    )
    dimensions: int | None = Field(default=None, ge=1, le=3072)
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """The inputs as texts; token numbers stand for themselves."""
        if isinstance(self.input, str):
            return [self.input]
        if isinstance(self.input[0], int):
            return [" ".join(map(str, self.input))]
        return [i if isinstance(i, str) else " ".join(map(str, i)) for i in self.input]

    @property
    def tokens(self) -> int:
        """Tokens of all inputs.

        Raises:
            ApiError: 400 when there are more than OpenAI takes in one request.
        """
        given = self.input
        if isinstance(given, str):
            total = text_tokens(given)
        elif isinstance(given[0], int):
            total = len(given)
        else:
            total = sum(text_tokens(i) if isinstance(i, str) else len(i) for i in given)
        if total > _MOST_TOKENS:
            reason = f"{total} tokens are more than the {_MOST_TOKENS} of one request"
            raise ApiError(400, reason, path=("input",))
        return total

    def dimensions_of(self, model: Model) -> int:
        """Length of the vectors.

        Raises:
            ApiError: 400 when the model's vectors are shorter.
        """
        wanted = self.dimensions or model.dimensions
        if wanted > model.dimensions:
            raise ApiError(400, f"is at most {model.dimensions} here", path=("dimensions",))
        return wanted


def read_embedding_request(body: object) -> EmbeddingRequest:
    """Checks a decoded JSON body.

    Raises:
        ApiError: 400, naming the field at fault.
    """
    try:
        return EmbeddingRequest.model_validate(body)
    except ValidationError as error:
        raise from_validation(error) from None


async def embeddings_object(asked: EmbeddingRequest, model: Model, dimensions: int) -> Any:
    """The list of vectors as OpenAI sends it; other calls have their turn in between."""
    data = []
    for index, text in enumerate(asked.texts):
        vector = embed(text, dimensions)
        encoded: list[float] | str = vector
        if asked.encoding_format == "base64":
            encoded = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": encoded})
        if index % _TEXTS_AT_ONCE == _TEXTS_AT_ONCE - 1:
            await asyncio.sleep(0)
    usage = {"prompt_tokens": asked.tokens, "total_tokens": asked.tokens}
    return {"object": "list", "data": data, "model": model.snapshot, "usage": usage}
