"""Goals and actions: counted from what really happened, and there at 0 before."""

import pytest

from example_app.conversions import ACTIONS, GOALS


def goals(client) -> dict[str, float]:
    """Return how often each goal was reached, without those at 0."""
    found = {
        goal.outcome: client.sample(
            "agent_conversions_total", template_id=goal.template_id, outcome=goal.outcome
        )
        for goal in GOALS
    }
    return {name: count for name, count in found.items() if count}


def actions(client) -> dict[str, float]:
    """Return what people did, without what nobody did."""
    found = {name: client.sample("agent_user_actions_total", action=name) for name in ACTIONS}
    return {name: count for name, count in found.items() if count}


def test_all_of_them_start_at_zero(client) -> None:
    """Before the first chat every goal and action is there, so that the first one is seen."""
    read = client.stack.registry.get_sample_value
    for goal in GOALS:
        labels = {"template_id": goal.template_id, "outcome": goal.outcome}
        assert read("agent_conversions_total", labels) == 0
    for action in ACTIONS:
        assert read("agent_user_actions_total", {"action": action}) == 0


@pytest.mark.parametrize(
    ("template", "message", "reached"),
    [
        ("support", "Where is my order 1042?", {"order_answered"}),
        ("support", "I want a refund for order 1042", {"order_answered", "refund_requested"}),
        ("support", "How long does express shipping take?", {"question_answered"}),
        ("support", "Where is my order 9999?", set()),
        ("support", "Hello!", set()),
        ("research", "What was the price of ACME over 5 days?", {"figures_delivered"}),
        (
            "research",
            "What was the percent change of ACME over 5 days?",
            {"figures_delivered", "calculation_delivered"},
        ),
        ("research", "What was the price of ZZZZ over 5 days?", set()),
        ("research", "Summarise the annual report of ACME", {"document_delivered"}),
    ],
)
def test_tools_decide_which_goal_was_reached(
    client, template: str, message: str, reached: set[str]
) -> None:
    """A goal is reached by the tool that delivered, not by the words; nothing found is no goal."""
    client.chat(message, template=template)
    assert goals(client) == dict.fromkeys(reached, 1)


def test_failed_tool_reaches_nothing(client) -> None:
    """With its tools out of order the agent reaches no goal."""
    client.request("PUT", "/faults/tool_failure", json={})
    client.chat()
    assert goals(client) == {}


def test_answer_of_the_cache_reaches_its_goal_too(client) -> None:
    """Whoever gets the answer again has been answered as well."""
    client.chat()
    client.chat()
    assert goals(client) == {"order_answered": 2}


def test_what_people_do_is_counted(client) -> None:
    """A conversation begins, goes on with a refund, and is rated."""
    first = client.chat().json()
    client.chat("I want a refund for it", session_id=first["session_id"])
    client.request("POST", "/feedback", json={"trace_id": first["trace_id"], "rating": "down"})
    client.chat(template="poet")
    assert actions(client) == {
        "chat_started": 1,
        "follow_up": 1,
        "refund_request": 1,
        "feedback_down": 1,
    }
