"""The spans of one chat: which there are, in which order, and below which."""

from typing import Any

from tests.unit.example_app.conftest import Client

#: Steps that guide A's waterfall names, in its order.
GUIDE_A = [
    "auth_check", "rate_limit", "prepare_request", "HTTP POST", "parse_response",
    "Tool.lookup_order", "Tool.search_knowledge_base", "format_response",
]  # fmt: skip
TWO_TOOLS = "Where is my order 1042, and how long does express shipping take?"
ROUND = [
    ("call_llm", "Agent.Chat"),
    ("chat gpt-4o-mini", "call_llm"),
    ("HTTP POST", "chat gpt-4o-mini"),
    ("parse_response", "Agent.Chat"),
]
BEFORE = [
    ("POST /chat", None),
    ("process_request", "POST /chat"),
    ("auth_check", "process_request"),
    ("rate_limit", "process_request"),
]


def tree_of(client: Client, answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return each span of an answer's trace with the one above it, in the order of their start."""
    spans = client.spans(answer["trace_id"])
    names = {span.context.span_id: span.name for span in spans}
    return [(span.name, names.get(span.parent.span_id) if span.parent else None) for span in spans]


def test_two_tools_give_guide_as_waterfall(client) -> None:
    """A message that needs two tools gives guide A's steps in order, each where it belongs."""
    tree = tree_of(client, client.chat(TWO_TOOLS).json())
    assert tree == [
        *BEFORE,
        ("check_cache", "process_request"),
        ("prepare_request", "process_request"),
        ("wait_for_agent", "process_request"),
        ("Agent.Chat", "process_request"),
        *ROUND,
        ("Tool.lookup_order", "Agent.Chat"),
        ("Tool.search_knowledge_base", "Agent.Chat"),
        ("retrieval knowledge_base", "Tool.search_knowledge_base"),
        *ROUND,
        ("format_response", "process_request"),
    ]
    first_seen = list(dict.fromkeys(name for name, _ in tree))
    assert [name for name in first_seen if name in GUIDE_A] == GUIDE_A


def test_tool_after_tool_is_a_round_each(client) -> None:
    """A refund looks the order up first: every round asks the model, reads it and runs its tool."""
    tree = tree_of(client, client.chat("I want a refund for order 1042").json())
    agent = [name for name, above in tree if above == "Agent.Chat"]
    model = ["call_llm", "parse_response"]
    assert agent == [*model, "Tool.lookup_order", *model, "Tool.request_refund", *model]


def test_memory_is_below_the_agent(client) -> None:
    """What is recalled and remembered of a person shows as steps of the agent."""
    client.chat(user_id="ann")
    tree = tree_of(client, client.chat("Where is my order?", user_id="ann").json())
    agent = [name for name, above in tree if above == "Agent.Chat"]
    assert (agent[0], agent[-1]) == ("memory recall", "memory remember")
    assert ("check_cache", "process_request") not in tree


def test_cached_answer_asks_no_agent(client) -> None:
    """An answer of the cache ends at the look-up."""
    client.chat()
    assert tree_of(client, client.chat().json()) == [
        *BEFORE,
        ("check_cache", "process_request"),
        ("format_response", "process_request"),
    ]


def test_attributes_of_the_guides(client) -> None:
    """The keys that the guides name are on the spans where they belong."""
    answer = client.chat(tenant_id="acme", user_id="ann").json()
    spans = {span.name: dict(span.attributes or {}) for span in client.spans(answer["trace_id"])}
    agent, tool = spans["Agent.Chat"], spans["Tool.lookup_order"]
    assert (agent["agent.id"], agent["agent.template"]) == ("support-1", "support")
    assert agent["message.length"] == len("Where is my order 1042?")
    assert agent["tokens.input"] == answer["tokens"]["input"]
    assert agent["tokens.output"] == answer["tokens"]["output"]
    assert agent["gen_ai.operation.name"] == "invoke_agent"
    assert (tool["tool.name"], tool["gen_ai.operation.name"]) == ("lookup_order", "execute_tool")
    assert "tool.input" not in tool
    assert spans["process_request"]["tenant.id"] == "acme"
    assert spans["process_request"]["query.length"] == len("Where is my order 1042?")
    assert spans["check_cache"]["cache.hit"] is False
    assert spans["chat gpt-4o-mini"]["llm.model"] == "gpt-4o-mini"


def test_wait_for_an_agent_is_measured(client) -> None:
    """The wait has a time by template, also when there was an agent at once."""
    client.chat(template="research")
    read = {"template_id": "research"}
    assert client.sample("agent_queue_wait_seconds_count", **read) == 1


def test_full_pool_fails_the_wait(make_client) -> None:
    """Without an agent the wait is the step that failed, and nothing comes after it."""
    client = make_client(agent_pool_max_size=1, agent_queue_size=0)
    bodies = [{"message": f"Where is my order {number}?"} for number in range(1040, 1060)]
    full = next(each for each in client.chats(bodies) if each.status_code == 503)
    spans = client.spans(full.headers["traceparent"].split("-")[1])
    assert spans[-1].name == "wait_for_agent"
    assert not spans[-1].status.is_ok
