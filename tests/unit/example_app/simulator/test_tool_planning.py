"""Which tools the simulated model calls, and what it makes of their results."""

import pytest

from tests.unit.example_app.simulator.conftest import RESEARCH, RESULTS, SUPPORT, offer

ORDER = ("lookup_order", {"order_id": "1042"})


def test_order_question_calls_the_lookup_with_the_number(client):
    """The canary's question leads to one call with the order number and a reply with its facts."""
    run = client.run("Where is my order 1042?", SUPPORT)
    assert run.rounds == [[ORDER]]
    assert "shipped" in run.reply
    assert "DHL" in run.reply


def test_refund_looks_up_before_it_files(client):
    """A refund takes two rounds, and the second has the order number and the person's reason."""
    run = client.run("I want a refund for order 1042, it broke", SUPPORT)
    assert run.tools == [["lookup_order"], ["request_refund"]]
    assert run.rounds[1][0][1] == {
        "order_id": "1042",
        "reason": "I want a refund for order 1042, it broke",
    }
    assert "R-77" in run.reply


@pytest.mark.parametrize(
    "question",
    ["What is your refund policy?", "Do you sell boats?", "How long does shipping take?"],
)
def test_general_questions_search_the_knowledge_base(client, question):
    """A question of no order is looked up in the help pages with the person's words."""
    run = client.run(question, SUPPORT)
    assert run.rounds == [[("search_knowledge_base", {"query": question})]]
    assert "Within 30 days." in run.reply


def test_two_wishes_call_two_tools_at_once(client):
    """A message with two wishes gets both calls in one answer and both facts in the reply."""
    run = client.run("Where is order 1042 and how long do refunds take?", SUPPORT)
    assert run.tools == [["lookup_order", "search_knowledge_base"]]
    assert "DHL" in run.reply
    assert "Within 30 days." in run.reply


def test_calls_come_one_by_one_when_asked(client):
    """`parallel_tool_calls: false` spreads the same calls over several answers."""
    run = client.run("Compare ACME and GLBX over 90 days", RESEARCH, parallel_tool_calls=False)
    assert run.tools == [["price_history"], ["price_history"], ["calculator"]]


def test_comparison_fetches_both_prices_then_computes(client):
    """Two tickers give two calls, and the sum is made of the prices that came back."""
    run = client.run("Compare ACME and GLBX over 90 days", RESEARCH)
    assert run.rounds[0] == [
        ("price_history", {"symbol": "ACME", "days": 90}),
        ("price_history", {"symbol": "GLBX", "days": 90}),
    ]
    (name, arguments), *_ = run.rounds[1]
    assert name == "calculator"
    assert "(100.50 - 80.00) / 80.00 * 100" in arguments["expression"]
    assert "25.625" in run.reply


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("price of ACME last 30 days", 30),
        ("ACME price history, 2 weeks", 14),
        ("What was the price of ACME?", 30),
    ],
)
def test_price_question_reads_the_span(client, question, days):
    """The ticker and the span of days go into the call; without a span it is a month."""
    run = client.run(question, RESEARCH)
    assert run.rounds == [[("price_history", {"symbol": "ACME", "days": days})]]
    assert "100.50" in run.reply


@pytest.mark.parametrize(
    ("question", "expression"),
    [("What is 15% of 240?", "240 * 15 / 100"), ("Compute (3 + 4) * 2.5", "(3 + 4) * 2.5")],
)
def test_sums_go_to_the_calculator(client, question, expression):
    """A sum in the message reaches the calculator as an expression, without a price look-up."""
    run = client.run(question, RESEARCH)
    assert run.rounds == [[("calculator", {"expression": expression})]]


def test_advice_is_checked_for_compliance(client):
    """A question for advice reads documents first and then has the draft of the answer checked."""
    run = client.run("Should I buy INIT?", RESEARCH)
    assert run.tools == [["search_documents"], ["compliance_check"]]
    assert "Revenue grew." in run.rounds[1][0][1]["text"]
    assert "passed" in run.reply


def test_missing_order_number_is_asked_for(client):
    """Without an order number nothing is called: the model asks, and remembers what it was told."""
    first = client.run("Where is my parcel?", SUPPORT)
    assert first.rounds == []
    assert "order number" in first.reply
    before = [
        {"role": "user", "content": "My order is 1042"},
        {"role": "assistant", "content": "Thanks."},
    ]
    assert client.run("And when will it arrive?", SUPPORT, before=before).rounds == [[ORDER]]


def test_failed_tool_ends_the_plan(client):
    """After a failed look-up no refund is filed, and the reply tells the failure."""
    results = {**RESULTS, "lookup_order": {"error": "the service behind this tool is down"}}
    run = client.run("Refund order 1042 please", SUPPORT, results=results)
    assert run.tools == [["lookup_order"]]
    assert "the service behind this tool is down" in run.reply


def test_small_talk_needs_no_tool(client):
    """A greeting is answered at once."""
    run = client.run("Hello!", SUPPORT)
    assert run.rounds == []
    assert run.reply


def test_every_fact_of_a_result_is_told(client):
    """A field that no sentence knows is told all the same."""
    assert "weight kg: 2.5" in client.run("Where is order 1042?", SUPPORT).reply.lower()


def test_empty_search_is_told_as_such(client):
    """No hit is not dressed up as one."""
    results = {**RESULTS, "search_knowledge_base": {"results": []}}
    assert "found nothing" in client.run("Do you sell boats?", SUPPORT, results=results).reply


@pytest.mark.parametrize(
    ("choice", "tools"),
    [
        ("none", []),
        ("required", [["lookup_order"]]),
        (
            {"type": "function", "function": {"name": "search_knowledge_base"}},
            [["search_knowledge_base"]],
        ),
    ],
)
def test_tool_choice_is_obeyed(client, choice, tools):
    """The caller can forbid tools, demand one, or demand a certain one."""
    assert client.run("Hello!", SUPPORT, tool_choice=choice).tools == tools


def test_arguments_keep_to_the_schema(client):
    """Bounds, lists, choices and defaults of a tool's schema are respected."""
    tool = offer("price_history")
    tool["function"]["parameters"] = {
        "type": "object",
        "properties": {
            "symbols": {"type": "array", "items": {"type": "string"}},
            "days": {"type": "integer", "minimum": 2, "maximum": 60},
            "interval": {"enum": ["daily", "weekly"]},
            "limit": {"type": "integer", "default": 3},
        },
        "required": ["symbols"],
    }
    run = client.run("weekly price of ACME and GLBX over 2 years", [tool])
    assert run.rounds == [
        [
            (
                "price_history",
                {"symbols": ["ACME", "GLBX"], "days": 60, "interval": "weekly", "limit": 3},
            )
        ]
    ]


def test_same_seed_same_conversation(start):
    """Two simulators with one seed decide and word alike, token counts included."""
    question = "Compare ACME and GLBX over 90 days"
    assert start(seed=3).run(question, RESEARCH) == start(seed=3).run(question, RESEARCH)
