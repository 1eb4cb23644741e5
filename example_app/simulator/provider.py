"""The simulated provider behind both formats, and who may call it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from example_app.simulator.completion import CompletionMaker
from example_app.simulator.fault_effects import FaultEffects
from example_app.simulator.latency import Latency
from example_app.simulator.model_catalogue import ModelCatalogue

Handler = Callable[[Request], Awaitable[Response]]
REFUSED_KEY = "invalid"
"""Every key is good, nothing is billed here; only this one is refused, for whoever wants a 401."""


@dataclass(frozen=True)
class Provider:
    """What the endpoints of both formats share."""

    models: ModelCatalogue
    maker: CompletionMaker
    latency: Latency
    effects: FaultEffects


def bearer_key(request: Request) -> str:
    """The key in the Authorization header; empty without one."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
