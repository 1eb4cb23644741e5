"""``stack.console``: the console of one stack, mounted in an app by one line."""

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from agent_telemetry.console.access import Access
    from agent_telemetry.console.console import Console
    from agent_telemetry.stack import ObservabilityStack


class StackConsole:
    """What gives a stack its console; nothing of it is imported before it is asked for."""

    _console: "Console | None" = None

    def console(self, app: Any, path: str = "/console", auth: "Access | None" = None) -> None:
        """Mount the console in a FastAPI or Starlette app that has not started yet.

        Args:
            app: the app.
            path: where; no request below it is counted, traced or logged.
            auth: decides who may read it: ``basic_access`` or ``token_access`` of
                ``agent_telemetry.console.access``, or a function of your own. None: whoever can
                reach the app.

        Raises:
            ConfigurationError: the path is none.
            MissingExtraError: the extra ``console`` is not installed.
            TypeError: the app takes no mounts.
        """
        from agent_telemetry.console.mount import mount_console  # noqa: PLC0415 -- only if wanted

        mount_console(app, cast("ObservabilityStack", self), path=path, auth=auth)
