"""What a chat was good for: goals of the business, and what people did."""

from collections.abc import Collection
from dataclasses import dataclass

from agent_telemetry import ObservabilityStack


@dataclass(frozen=True)
class Goal:
    """A goal of the business.

    Attributes:
        template_id: the agent that may reach it.
        outcome: its name in ``agent_conversions_total``.
        tool: the tool whose delivery reaches it.
    """

    template_id: str
    outcome: str
    tool: str


GOALS = (
    Goal("support", "order_answered", "lookup_order"),
    Goal("support", "refund_requested", "request_refund"),
    Goal("support", "question_answered", "search_knowledge_base"),
    Goal("research", "figures_delivered", "price_history"),
    Goal("research", "calculation_delivered", "calculator"),
    Goal("research", "document_delivered", "search_documents"),
)

ACTIONS = (
    "chat_started",
    "follow_up",
    "refund_request",
    "stream_left",
    "feedback_up",
    "feedback_down",
)


class Conversions:
    """Counts goals and actions; every known one starts at 0.

    Args:
        stack: where they are counted.
    """

    def __init__(self, stack: ObservabilityStack) -> None:
        goals = stack.metrics.family("agent_conversions_total")
        self._goals = {goal: goals.child(goal.template_id, goal.outcome) for goal in GOALS}
        actions = stack.metrics.family("agent_user_actions_total")
        self._actions = {action: actions.child(action) for action in ACTIONS}

    def asked(self, *, follow_up: bool) -> None:
        """Count a message of a person: the first of a conversation, or one that asks on."""
        self.did("follow_up" if follow_up else "chat_started")

    def did(self, action: str) -> None:
        """Count what a person did.

        Args:
            action: one of ``ACTIONS``.
        """
        self._actions[action].inc()

    def answered(self, template_id: str, delivered: Collection[str]) -> list[str]:
        """Count the goals that a chat reached, each once; return their names.

        Args:
            template_id: the agent that answered.
            delivered: tools that found or did what was asked.
        """
        reached = [
            goal for goal in GOALS if goal.template_id == template_id and goal.tool in delivered
        ]
        for goal in reached:
            self._goals[goal].inc()
        if "request_refund" in delivered:
            self.did("refund_request")
        return [goal.outcome for goal in reached]
