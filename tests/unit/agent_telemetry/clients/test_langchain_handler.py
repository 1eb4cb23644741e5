"""The LangChain handler: real chains, tools and models of langchain-core, told as one tree."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import tool

from agent_telemetry import BudgetExceeded, ObservabilityStack
from agent_telemetry.clients.langchain_handler import LangChainHandler

Scraped = Callable[..., float]


class Model(GenericFakeChatModel):
    """LangChain's own test model, with a name that has a price."""

    def _get_ls_params(self, stop: Any = None, **given: Any) -> Any:
        return {"ls_provider": "openai", "ls_model_name": "gpt-4o-mini", "ls_model_type": "chat"}


class Shelf(BaseRetriever):
    """One document for every question."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document("Returns within 30 days.")]


@tool
def lookup_order(order_id: str) -> str:
    """Find an order."""
    if order_id == "0":
        raise ValueError("no such order")
    return "shipped"


def answers(count: int) -> Any:
    """Messages as a provider's integration fills them."""
    return iter(
        [
            AIMessage(
                "Within 30 days.",
                usage_metadata={
                    "input_tokens": 1000,
                    "output_tokens": 100,
                    "total_tokens": 1100,
                    "input_token_details": {"cache_read": 400},
                },
                response_metadata={
                    "finish_reason": "stop",
                    "model_name": "gpt-4o-mini-2024-07-18",
                },
            )
            for _ in range(count)
        ]
    )


def chain(count: int = 1) -> Runnable[Any, Any]:
    """Retrieve, ask a tool, ask the model."""

    def gather(question: str) -> dict[str, str]:
        documents = Shelf().invoke(question)
        return {"text": documents[0].page_content, "order": lookup_order.invoke({"order_id": "1"})}

    prompt = ChatPromptTemplate.from_template("{text} {order}")
    return RunnableLambda(gather) | prompt | Model(messages=answers(count))


def test_tree_tokens_and_cost(
    stack: ObservabilityStack, scraped: Scraped, finished: Callable[[], dict[str, Any]]
) -> None:
    """One agent run with its retrieval, tool and model call below it; cost by the price table."""
    handler = LangChainHandler(stack, agent="returns")
    chain().invoke("May I?", config={"callbacks": [handler]})
    spans = finished()
    root = spans["Agent.Chat"]
    for name in ("retrieval Shelf", "Tool.lookup_order", "chat gpt-4o-mini"):
        assert spans[name].context.trace_id == root.context.trace_id
    assert root.parent is None
    assert spans["chat gpt-4o-mini"].attributes["gen_ai.usage.input_tokens"] == 1000
    # gpt-4o-mini: 0.15 $/M input, 0.075 $/M cached, 0.60 $/M output.
    expected = (600 * 0.15 + 400 * 0.075 + 100 * 0.60) / 1e6
    assert scraped("agent_api_cost_usd_total") == pytest.approx(expected)
    assert scraped("agent_tool_calls_total", tool_name="lookup_order", status="success") == 1


def test_failing_tool_raises_and_counts(stack: ObservabilityStack, scraped: Scraped) -> None:
    """The host sees its own exception; the failure is counted where it began."""
    with pytest.raises(ValueError, match="no such order"):
        lookup_order.invoke({"order_id": "0"}, config={"callbacks": [LangChainHandler(stack)]})
    assert scraped("agent_tool_calls_total", tool_name="lookup_order", status="failed") == 1
    assert scraped("agent_errors_total", error_type="ValueError") == 1


def test_many_runs_at_once_keep_apart(
    stack: ObservabilityStack, scraped: Scraped, spans: Any
) -> None:
    """Twenty asynchronous runs of one handler: twenty trees, none mixed, nothing left attached."""
    handler = LangChainHandler(stack)

    async def run() -> None:
        runs = [chain().ainvoke("May I?", config={"callbacks": [handler]}) for _ in range(20)]
        await asyncio.gather(*runs)

    asyncio.run(run())
    assert stack.flush(5)
    by_trace: dict[int, list[str]] = {}
    for span in spans.get_finished_spans():
        by_trace.setdefault(span.context.trace_id, []).append(span.name)
    assert len(by_trace) == 20
    assert all(sorted(names) == sorted(by_trace[min(by_trace)]) for names in by_trace.values())
    assert scraped("ai_model_calls_total", status="success") == 20
    with stack.agent("after") as after:
        pass
    assert after.parent is None


def test_stream_is_told_piece_by_piece(stack: ObservabilityStack, scraped: Scraped) -> None:
    """A streamed answer gives a time to first token."""
    model = Model(messages=answers(1))
    assert list(model.stream("May I?", config={"callbacks": [LangChainHandler(stack)]}))
    assert scraped("gen_ai_client_operation_time_to_first_chunk_seconds_count") == 1
    assert scraped("agent_stream_outcome_total", outcome="completed") == 1


def test_spent_budget_stops_the_chain_before_the_call(
    stack: ObservabilityStack, scraped: Scraped
) -> None:
    """LangChain must not swallow the refusal: the model is not asked."""
    stack.budget("all", limit_usd=0.0001, scope="all", mode="block")
    chain().invoke("May I?", config={"callbacks": [LangChainHandler(stack)]})
    with pytest.raises(BudgetExceeded):
        chain().invoke("May I?", config={"callbacks": [LangChainHandler(stack)]})
    assert scraped("ai_model_calls_total", status="success") == 1


def test_rubbish_from_the_framework_harms_nothing(
    make_stack: Callable[..., ObservabilityStack],
) -> None:
    """Arguments that no version of LangChain sends are counted as a fault, never raised."""
    stack = make_stack(strict=False)
    handler = LangChainHandler(stack)
    handler.on_chat_model_start({}, [], run_id=uuid4(), metadata=7)
    assert stack.registry.get_sample_value(
        "telemetry_faults_total", {"where": "langchain.on_chat_model_start"}
    )
