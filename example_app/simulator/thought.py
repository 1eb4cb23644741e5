"""What the model tells of its thinking, for callers who ask to see it."""

import base64
import hashlib

from example_app.simulator.conversation import Conversation
from example_app.simulator.planner import Decision

_QUESTION_CHARACTERS = 200


def think(conversation: Conversation, decision: Decision) -> str:
    """The way from the question to the decision, in words."""
    question = " ".join(conversation.question.split())[:_QUESTION_CHARACTERS]
    steps = [f"The person writes: {question}"] if question else []
    known = [result.call.name for result in conversation.turn_results]
    if known:
        steps.append(f"I already have what {', '.join(known)} returned.")
    if decision.calls:
        names = ", ".join(call.name for call in decision.calls)
        steps.append(f"What is missing I can get by calling {names}.")
    else:
        steps.append("That is enough for an answer.")
    return "\n".join(steps)


def sign(thought: str) -> str:
    """An opaque signature of a thought, as Anthropic sends one along."""
    return base64.b64encode(hashlib.blake2b(thought.encode(), digest_size=48).digest()).decode()
