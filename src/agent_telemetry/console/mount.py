"""Mounting the console in an app that is not ours."""

import dataclasses
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agent_telemetry.console.missing_extra import need_toolkit
from agent_telemetry.exceptions import ConfigurationError

if TYPE_CHECKING:
    from agent_telemetry.console.access import Access
    from agent_telemetry.console.toolkit import Toolkit
    from agent_telemetry.stack import ObservabilityStack

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def mount_console(
    app: Any,
    stack: "ObservabilityStack",
    path: str = "/console",
    auth: "Access | None" = None,
) -> None:
    """Mount the console of a stack in a FastAPI or Starlette app that has not started yet.

    Args:
        app: the app.
        stack: what is shown.
        path: where.
        auth: decides who may read; None: whoever can reach the app.

    Raises:
        ConfigurationError: the path is none.
        MissingExtraError: the extra ``console`` is not installed.
        TypeError: the app takes no mounts.
    """
    chosen = path.rstrip("/")
    if not _PATH.fullmatch(chosen):
        raise ConfigurationError("path of the console", path, "a path such as /console")
    if not hasattr(app, "mount") or not hasattr(getattr(app, "router", None), "lifespan_context"):
        raise TypeError("the console is mounted in a FastAPI or Starlette app")
    need_toolkit()
    from agent_telemetry.console.console import console_of  # noqa: PLC0415 -- it needs the extra
    from agent_telemetry.console.gate import Gate  # noqa: PLC0415
    from agent_telemetry.console.toolkit import the_toolkit  # noqa: PLC0415

    settings = stack.settings
    if chosen not in settings.unobserved_paths:
        unobserved = (*settings.unobserved_paths, chosen)
        stack.settings = dataclasses.replace(settings, unobserved_paths=unobserved)
    toolkit = the_toolkit()
    app.mount(chosen, Gate(console_of(stack), toolkit, chosen, auth))
    _start_with(app, toolkit)


def _start_with(app: Any, toolkit: "Toolkit") -> None:
    """Have the toolkit start and stop with the app."""
    own = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Mapping[str, Any] | None]:
        await toolkit.join()
        try:
            async with own(served) as state:
                yield state
        finally:
            await toolkit.leave()

    app.router.lifespan_context = lifespan
