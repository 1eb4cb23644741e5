"""The operations of an agent, as the methods of the stack that describe one each."""

from typing import Any, TypeVar

from agent_telemetry.operations import kinds as operation_kinds
from agent_telemetry.operations.agent_run import AgentRun
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.tool_call import ToolCall
from agent_telemetry.traces.http_client_span import HttpClientSpan

Client = TypeVar("Client")


class Operations:
    """What can be described; each method gives a context manager, ``with`` or ``async with``."""

    _signals: Signals

    def watch(self, client: Client, *, stream_usage: bool | None = None) -> Client:
        """Watch a client of the ``openai``, ``anthropic`` or ``google-genai`` package.

        Its calls stay as they are; each becomes one model call with tokens and cost. Needs the
        extra ``agent-telemetry[clients]``.

        Args:
            client: the client, synchronous or asynchronous; it is changed in place and returned.
            stream_usage: whether streams of OpenAI's format are asked for their usage; by default
                only at OpenAI's own API.

        Raises:
            TypeError: the client is of another package.
            ImportError: the extra is not installed.
        """
        # Imported late: who watches no client needs none of it.
        try:
            from agent_telemetry.clients import watch_client  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ImportError(
                f'stack.watch needs {error.name}: pip install "agent-telemetry[clients]"'
            ) from error

        return watch_client(client, self, stream_usage=stream_usage)

    @property
    def signals(self) -> Signals:
        """What operations write to, for code that describes operations of its own."""
        return self._signals

    def agent(self, name: str, **attributes: Any) -> AgentRun:
        """Describe one run of an agent.

        Args:
            name: the agent's name, of few values.
            **attributes: span attributes; ``tenant_id``, ``user_id``, ``session_id``,
                ``agent_id`` and ``template_id`` also reach logs and metrics.
        """
        attributes.setdefault("template_id", name)
        return AgentRun(self._signals, operation_kinds.AGENT, name, attributes)

    def llm(self, model: str, *, provider: str = "openai", **attributes: Any) -> ModelCall:
        """Describe one call of a language model; say its tokens by ``usage``."""
        return ModelCall(self._signals, operation_kinds.LLM, model, provider, attributes)

    def embedding(self, model: str, *, provider: str = "openai", **attributes: Any) -> ModelCall:
        """Describe one call of an embedding model."""
        return ModelCall(self._signals, operation_kinds.EMBEDDING, model, provider, attributes)

    def tool(self, name: str, **attributes: Any) -> ToolCall:
        """Describe one tool call."""
        return ToolCall(self._signals, operation_kinds.TOOL, name, attributes)

    def retrieval(self, source: str, **attributes: Any) -> Operation:
        """Describe one look-up in a source of documents."""
        return Operation(self._signals, operation_kinds.RETRIEVAL, source, attributes)

    def memory(self, name: str, **attributes: Any) -> Operation:
        """Describe one access to the agent's memory."""
        return Operation(self._signals, operation_kinds.MEMORY, name, attributes)

    def chain(self, name: str, **attributes: Any) -> Operation:
        """Describe any other step; its span has exactly this name."""
        return Operation(self._signals, operation_kinds.CHAIN, name, attributes)

    def http_client_span(self, method: str, url: str, **attributes: Any) -> HttpClientSpan:
        """Describe an outgoing HTTP call; send its ``headers()`` with the request."""
        attributes["url.full"] = url
        return HttpClientSpan(self._signals, operation_kinds.HTTP_CLIENT, method, attributes)
