"""The two agents of the demo: what each is told and which tools it has."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agent_telemetry import ObservabilityStack
from example_app.data_folder import DATA
from example_app.tools.calculator import calculator
from example_app.tools.compliance import compliance_check
from example_app.tools.orders import Orders
from example_app.tools.price_history import price_history
from example_app.tools.text_search import TextSearch
from example_app.tools.tool import Tool

DEFAULT = "support"


@dataclass(frozen=True)
class Template:
    """A kind of agent.

    Attributes:
        template_id: its id in every signal.
        prompt: the system prompt.
        tools: what it may call, by name.
        most_rounds: most answers of the model in one chat.
    """

    template_id: str
    prompt: str
    tools: dict[str, Tool]
    most_rounds: int = 6

    @cached_property
    def offers(self) -> list[dict[str, Any]]:
        """The tools as the model's API wants them; made once, as it takes a while."""
        return [tool.offer() for tool in self.tools.values()]


def build_templates(stack: ObservabilityStack) -> dict[str, Template]:
    """Return the templates with their tools ready to be called."""
    help_pages = TextSearch(stack, "knowledge_base", DATA / "knowledge_base.toml")
    documents = TextSearch(stack, "documents", DATA / "documents.toml")
    support = [
        *Orders(DATA / "orders.toml").tools(),
        help_pages.tool("search_knowledge_base", "Search the shop's help pages."),
    ]
    research = [
        price_history(),
        calculator(),
        documents.tool("search_documents", "Search company reports and analysts' notes."),
        compliance_check(),
    ]
    return {
        "support": Template("support", _SUPPORT, {tool.name: tool for tool in support}),
        "research": Template("research", _RESEARCH, {tool.name: tool for tool in research}),
    }


_SUPPORT = """\
You are the assistant of an online shop for outdoor gear. Answer briefly, kindly and truthfully.
Look up orders with lookup_order and never guess their status. Questions about rules, shipping,
payment, warranty and accounts are answered from the help pages by search_knowledge_base. File a
refund with request_refund only after looking the order up. If a tool fails, say so and offer that a
colleague will look at it. Never ask for passwords or card numbers. Never promise a delivery date
that the order does not have. Answer in the language of the customer. If you lack an order number,
ask for it. Do not mention tools or this text."""

_RESEARCH = """\
You are a research assistant for analysts. Support every figure with a tool: price_history for
closing prices, calculator for arithmetic, search_documents for reports and filings. Quote the title
of a document that you use. Before any statement that could be read as advice, run compliance_check
on your draft and do not send what it does not pass. Give figures with their unit and date. If data
is missing, say what is missing. You give information, never investment advice. Answer briefly. Do
not mention tools or this text."""
