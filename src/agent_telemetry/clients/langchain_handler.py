"""A LangChain callback handler: runs, model calls, tools and retrievals become operations.

Give it to any runnable: ``chain.invoke(text, config={"callbacks": [LangChainHandler(stack)]})``.
Messages and tools' arguments are shown only with content capture.
Source: ``langchain_core.callbacks.BaseCallbackHandler``.
"""

import contextvars
import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from agent_telemetry.budgets.budget import BudgetExceeded
from agent_telemetry.clients.langchain_content import (
    capture_answer,
    capture_question,
    text_of_result,
)
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation, current_operation
from agent_telemetry.operations.tool_call import ToolCall
from agent_telemetry.workers.fork_safety import forkable_lock

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

#: Runs whose end never came are forgotten past this many.
_MOST_OPEN = 10_000

_PROVIDERS = {
    "amazon_bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
}


Callback = TypeVar("Callback", bound=Callable[..., None])


def _harmless(callback: Callback) -> Callback:
    """Keep our own faults out of the chain; a budget's refusal goes through."""

    @functools.wraps(callback)
    def called(handler: "LangChainHandler", *args: Any, **given: Any) -> None:
        try:
            callback(handler, *args, **given)
        except BudgetExceeded:
            raise
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            handler.fault(callback.__name__, error)

    return cast("Callback", called)


class LangChainHandler(BaseCallbackHandler):
    """Tells LangChain's runs to a stack; its own faults never reach the chain.

    Each run is told in a context of its own, so that nothing is left attached in the host's,
    whichever thread or task LangChain calls back from.

    Args:
        stack: told about everything.
        agent: name of the outermost run.
    """

    # Called in the run's own thread or task, where the parent of everything is known.
    run_inline = True
    # LangChain would swallow what a handler raises, a budget's word that a call must not be made
    # included. Nothing else is raised here.
    raise_error = True

    def __init__(self, stack: "ObservabilityStack", agent: str = "langchain") -> None:
        super().__init__()
        self._stack = stack
        self._agent = agent
        self._lock = forkable_lock()
        self._open: OrderedDict[UUID, tuple[Operation, contextvars.Context]] = OrderedDict()

    def fault(self, where: str, error: Exception) -> None:
        """Count a fault of this handler."""
        self._stack.guard.fault(f"langchain.{where}", error)

    @_harmless
    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> None:
        """Begin a run: the outermost is the agent's, those below are steps."""
        del inputs
        name = str(given.get("name") or (serialized or {}).get("name") or "chain")[:100]
        if parent_run_id is None and current_operation() is None:
            self._begin(self._stack.agent(self._agent), run_id, parent_run_id)
        else:
            self._begin(self._stack.chain(name), run_id, parent_run_id)

    @_harmless
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **given: Any) -> None:
        """End a run."""
        del outputs, given
        self._end(run_id)

    @_harmless
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **given: Any) -> None:
        """End a run that failed."""
        del given
        self._end(run_id, error)

    @_harmless
    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> None:
        """Begin a call of a chat model."""
        self._begin_model(serialized, messages, run_id, parent_run_id, given)

    @_harmless
    def on_llm_start(
        self,
        serialized: dict[str, Any] | None,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> None:
        """Begin a call of a text model."""
        self._begin_model(serialized, prompts, run_id, parent_run_id, given)

    @_harmless
    def on_llm_new_token(self, token: str, *, run_id: UUID, **given: Any) -> None:
        """Note a piece of a streamed answer."""
        del token, given
        found = self._open.get(run_id)
        if found is not None and isinstance(found[0], ModelCall):
            found[0].chunk()

    @_harmless
    def on_llm_end(self, response: Any, *, run_id: UUID, **given: Any) -> None:
        """End a model call with the usage that LangChain has normalised."""
        del given
        found = self._open.get(run_id)
        if found is not None and isinstance(found[0], ModelCall):
            try:
                found[1].run(_tell, found[0], response)
            except Exception as error:  # noqa: BLE001 -- the call has ended whatever it says
                self.fault("answer", error)
        self._end(run_id)

    @_harmless
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **given: Any) -> None:
        """End a model call that failed."""
        del given
        self._end(run_id, error)

    @_harmless
    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> None:
        """Begin a tool call."""
        name = str(given.get("name") or (serialized or {}).get("name") or "tool")
        arguments = given.get("inputs") or input_str
        self._begin(self._stack.tool(name, arguments=arguments), run_id, parent_run_id)

    @_harmless
    def on_tool_end(self, output: Any, *, run_id: UUID, **given: Any) -> None:
        """End a tool call; an answer that says so is a failure."""
        del given
        found = self._open.get(run_id)
        if found is not None and isinstance(found[0], ToolCall):
            found[0].result(text_of_result(output))
            if getattr(output, "status", "success") == "error":
                found[0].fail("tool_error")
        self._end(run_id)

    @_harmless
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **given: Any) -> None:
        """End a tool call that failed."""
        del given
        self._end(run_id, error)

    @_harmless
    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> None:
        """Begin a look-up."""
        del query
        name = str(given.get("name") or (serialized or {}).get("name") or "retriever")
        self._begin(self._stack.retrieval(name), run_id, parent_run_id)

    @_harmless
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **given: Any) -> None:
        """End a look-up."""
        del given
        found = self._open.get(run_id)
        if found is not None:
            found[0].set("retrieval.documents", len(documents or ()))
        self._end(run_id)

    @_harmless
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **given: Any) -> None:
        """End a look-up that failed."""
        del given
        self._end(run_id, error)

    def _begin_model(
        self,
        serialized: dict[str, Any] | None,
        messages: Any,
        run_id: UUID,
        parent_run_id: UUID | None,
        given: dict[str, Any],
    ) -> None:
        metadata = given.get("metadata") or {}
        asked = given.get("invocation_params") or {}
        model = metadata.get("ls_model_name") or asked.get("model") or asked.get("model_name")
        named = str(metadata.get("ls_provider") or "openai").lower()
        call = self._stack.llm(
            str(model or (serialized or {}).get("name") or "unknown"),
            provider=_PROVIDERS.get(named, named),
        )
        self._begin(call, run_id, parent_run_id)
        capture_question(call, messages, asked)

    def _begin(self, operation: Operation, run_id: UUID, parent_run_id: UUID | None) -> None:
        with self._lock:
            parent = self._open.get(parent_run_id) if parent_run_id is not None else None
        context = parent[1].copy() if parent is not None else contextvars.copy_context()
        context.run(operation.__enter__)  # a budget may refuse
        with self._lock:
            self._open[run_id] = (operation, context)
            lost = self._open.popitem(last=False) if len(self._open) > _MOST_OPEN else None
        if lost is not None:
            lost[1][1].run(lost[1][0].end, GeneratorExit())

    def _end(self, run_id: UUID, error: BaseException | None = None) -> None:
        with self._lock:
            found = self._open.pop(run_id, None)
        if found is not None:
            found[1].run(found[0].end, error)


def _tell(call: ModelCall, response: Any) -> None:
    """Put what an ``LLMResult`` says into a call.

    ``usage_metadata`` counts like the conventions: ``input_tokens`` with the cache in it,
    ``output_tokens`` with the reasoning in it (``langchain_core.messages.ai.UsageMetadata``).
    """
    message = None
    for generations in response.generations or ():
        for generation in generations:
            message = getattr(generation, "message", message)
    about = getattr(message, "response_metadata", None) or {}
    model = about.get("model_name") or about.get("model")
    if model:
        call.response_model(str(model))
    reason = about.get("finish_reason") or about.get("stop_reason")
    if reason:
        call.finish_reason(str(reason))
    capture_answer(call, response, str(reason or ""))
    usage = getattr(message, "usage_metadata", None)
    if usage:
        read = usage.get("input_token_details") or {}
        made = usage.get("output_token_details") or {}
        call.usage(
            input=usage["input_tokens"],
            output=usage["output_tokens"],
            cached=read.get("cache_read") or 0,
            cache_write=read.get("cache_creation") or 0,
            reasoning=made.get("reasoning") or 0,
        )
