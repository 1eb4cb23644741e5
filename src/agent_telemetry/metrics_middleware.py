"""Guide A's middleware ``metrics``: what an agent does, as operations of the stack."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from agent_telemetry.agent_middleware import Call
from agent_telemetry.answer_reading import read_answer
from agent_telemetry.decorators.observation import Observation
from agent_telemetry.decorators.observed_function import observed
from agent_telemetry.operations.model_call import ModelCall

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

#: Value of ``endpoint`` under which failed model calls count in ``errors_total``.
MODEL_CALL = "model_call"


class MetricsMiddleware:
    """The outermost middleware: every model and tool call is an operation of the stack.

    Args:
        stack: the stack that is told.
        provider: who runs the models.
    """

    name = "metrics"
    priority = 10

    def __init__(self, stack: "ObservabilityStack", *, provider: str = "unknown") -> None:
        self._stack = stack
        self._provider = provider

    def on_agent_start(self, agent_id: str, template_id: str) -> None:
        """Count a created agent and log it."""
        self._stack.metrics.record_agent_created()
        self._stack.logger.info(
            "Agent created", event="agent_created", agent_id=agent_id, template_id=template_id
        )

    def on_agent_stop(self, agent_id: str, template_id: str) -> None:
        """Count a closed agent."""
        del agent_id, template_id
        self._stack.metrics.record_agent_closed()

    def wrap_model_call(self, call: Call, model: str) -> Call:
        """Return the call as a model operation; its answer's own token numbers are read.

        A failed call counts in ``errors_total{endpoint="model_call"}``, and by its class or the
        provider's code in ``agent_errors_total``. A call that returns a stream is over when it
        has returned; watch the client (``watch_client``) to time streams.
        """
        if inspect.iscoroutinefunction(call):

            @wraps(call)
            async def made_later(*args: Any, **kwargs: Any) -> Any:
                with self._model_call(model) as operation:
                    answer = await call(*args, **kwargs)
                    self._read(operation, answer)
                    return answer

            return made_later

        @wraps(call)
        def made(*args: Any, **kwargs: Any) -> Any:
            with self._model_call(model) as operation:
                answer = call(*args, **kwargs)
                self._read(operation, answer)
                return answer

        return made

    def wrap_tool_call(self, call: Call, tool_name: str) -> Call:
        """Return the call as a tool operation."""
        stack = self._stack
        lost = stack.signals.instruments.lost
        return observed(call, lambda _args, _kwargs: Observation(stack.tool(tool_name), lost))

    @contextmanager
    def _model_call(self, model: str) -> Iterator[ModelCall]:
        with self._stack.llm(model, provider=self._provider) as operation:
            try:
                yield operation
            except Exception as error:
                self._stack.metrics.inc(
                    "errors_total", error_type=type(error).__name__, endpoint=MODEL_CALL
                )
                operation.set("error.where", MODEL_CALL)
                raise

    def _read(self, operation: ModelCall, answer: object) -> None:
        try:
            read_answer(answer).tell(operation)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.guard.fault("middleware.read", error)
