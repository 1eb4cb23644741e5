"""The JSON of an answer, from an agent or from the cache."""

import time
from dataclasses import dataclass
from typing import Any

from agent_telemetry import get_request_context
from example_app.agent import AgentAnswer
from example_app.chat_turn import ChatTurn

Answer = dict[str, Any]


@dataclass(frozen=True)
class KeptAnswer:
    """An answer that may be given again.

    Attributes:
        reply: the text.
        turn: the messages to remember in the session.
        model: the model that wrote it.
        delivered: the tools that found what was asked for.
        facts: what a person who asks this has spoken of.
        policy: what the policy did to the answer.
    """

    reply: str
    turn: tuple[dict[str, Any], ...]
    model: str
    delivered: frozenset[str]
    facts: dict[str, str]
    policy: str

    @classmethod
    def of(cls, done: AgentAnswer) -> "KeptAnswer":
        """Return what is kept of an agent's answer."""
        delivered, facts = frozenset(done.delivered), dict(done.facts)
        return cls(done.reply, tuple(done.turn), done.model, delivered, facts, done.policy)


def answer_of(turn: ChatTurn, done: AgentAnswer) -> Answer:
    """Return the JSON of what an agent answered."""
    run = done.run
    return {
        **_common(turn, done.reply, run.trace_id, done.model),
        "tokens": {"input": run.tokens_input, "output": run.tokens_output},
        "cost_usd": run.cost_usd,
        "cached": False,
        "tools": done.tools,
        "duration_ms": _since(turn.started),
    }


def answer_again(turn: ChatTurn, kept: KeptAnswer, trace_id: str) -> Answer:
    """Return the JSON of an answer from the cache: free, and without any tool."""
    return {
        **_common(turn, kept.reply, trace_id, kept.model),
        "tokens": {"input": 0, "output": 0},
        "cost_usd": 0,
        "cached": True,
        "tools": [],
        "duration_ms": _since(turn.started),
    }


def _common(turn: ChatTurn, reply: str, trace_id: str, model: str) -> Answer:
    return {
        "reply": reply,
        "session_id": turn.session.session_id,
        "request_id": get_request_context().request_id,
        "trace_id": trace_id,
        "template": turn.template.template_id,
        "model": model,
    }


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
