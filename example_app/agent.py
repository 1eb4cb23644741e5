"""The agent's loop: ask the model, run the tools that it calls, until it answers."""

import logging
from dataclasses import dataclass, field
from typing import Any

from agent_telemetry import AgentRun, ObservabilityStack
from example_app.faults import Faults
from example_app.listener import Listener
from example_app.memory import Memory
from example_app.model_client import Completion, ModelClient, ModelError
from example_app.policy import CheckedAnswer, Policy
from example_app.templates import Template
from example_app.tool_runner import ToolRunner

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AgentParts:
    """What every agent works with.

    Attributes:
        stack: told about everything.
        model: answers.
        faults: what is broken on purpose.
        memory: what people spoke of earlier.
        policy: judges what is said.
    """

    stack: ObservabilityStack
    model: ModelClient
    faults: Faults
    memory: Memory
    policy: Policy


@dataclass
class AgentAnswer:
    """What a run gave.

    Attributes:
        reply: the text for the person.
        tools: name, status and duration of each call, in order.
        turn: the messages to remember in the session.
        run: the run's numbers.
        model: the model that was asked last.
        delivered: the tools that found or did what was asked.
        facts: what the person spoke of, by the tools' own results.
        policy: what the policy did to the reply: ``pass``, ``mask`` or ``block``.
    """

    reply: str
    tools: list[dict[str, Any]]
    turn: list[dict[str, Any]]
    run: AgentRun
    model: str
    delivered: set[str] = field(default_factory=set)
    facts: dict[str, str] = field(default_factory=dict)
    policy: str = "pass"


class Agent:
    """An agent at work on one message.

    Args:
        parts: what it works with.
        template: what it is told and what it can do.
        agent_id: its slot in the pool.
    """

    def __init__(self, parts: AgentParts, template: Template, agent_id: str) -> None:
        self._parts = parts
        self._stack = parts.stack
        self._template = template
        self._agent_id = agent_id

    def answer(
        self,
        message: str,
        history: list[dict[str, Any]],
        listener: Listener,
        *,
        person: tuple[str, str] | None = None,
        leans_on_memory: bool = False,
    ) -> AgentAnswer:
        """Answer one message.

        Args:
            message: what the person wrote.
            history: the turns before.
            listener: hears ``token`` and ``tool`` events as they happen.
            person: tenant and user, if known; what they spoke of is remembered.
            leans_on_memory: whether the answer may use what they spoke of earlier.

        Raises:
            ModelError: the model gave no usable answer, or no end.
            ClientGoneError: nobody waits for the answer any more.
        """
        name = self._template.template_id
        with self._stack.agent(name, agent_id=self._agent_id, template_id=name) as run:
            run.set("message.length", len(message))
            known = self._parts.memory.recall(*person) if person and leans_on_memory else []
            user = {"role": "user", "content": message}
            system = {"role": "system", "content": self._template.prompt}
            messages = [system, *known, *history, user]
            _log.info(
                "Chat started", extra={"event": "chat_started", "message_count": len(messages)}
            )
            tools = ToolRunner(self._stack, self._parts.faults, self._template, listener)
            completion, checked = self._work(messages, tools, listener)
            reply = checked.finish(None if listener.streams else completion.content)
            run.set("policy.answer", checked.action)
            if person and tools.facts:
                self._parts.memory.remember(*person, tools.facts)
            turn = [user, {"role": "assistant", "content": reply}]
            return AgentAnswer(
                reply, tools.done, turn, run, completion.asked, tools.delivered, tools.facts,
                checked.action,
            )  # fmt: skip

    def _work(
        self, messages: list[dict[str, Any]], tools: ToolRunner, listener: Listener
    ) -> tuple[Completion, CheckedAnswer]:
        """Let the model call tools until it answers; return the last answer and its check."""
        for _ in range(self._template.most_rounds):
            listener.check()
            completion, checked = self._ask(messages, listener)
            calls = self._parse(completion)
            if not calls:
                return completion, checked
            if listener.streams:
                checked.finish()
            messages.append(
                {
                    "role": "assistant",
                    "content": completion.content or None,
                    "tool_calls": completion.tool_calls,
                }
            )
            messages += [tools.call(*call) for call in calls]
        raise ModelError("too_many_rounds", "the model did not come to an end")

    def _ask(
        self, messages: list[dict[str, Any]], listener: Listener
    ) -> tuple[Completion, CheckedAnswer]:
        checked = self._parts.policy.answer(lambda text: listener("token", {"text": text}))

        def hear(text: str) -> None:
            listener.check()
            checked.piece(text)

        with self._stack.chain("call_llm"):
            try:
                completion = self._parts.model.complete(
                    messages,
                    self._template.offers,
                    hear if listener.streams else None,
                    model=self._parts.faults.model(self._parts.model.model),
                    check=listener.check,
                )
            except ModelError:
                # A stream that broke: what waits for the end of its sentence is said as it is.
                checked.finish()
                raise
        return completion, checked

    def _parse(self, completion: Completion) -> list[tuple[str, str, str]]:
        """Return id, name and arguments of each call, whatever the model wrote."""
        with self._stack.chain("parse_response") as step:
            calls = []
            for call in completion.tool_calls:
                function = call.get("function")
                function = function if isinstance(function, dict) else {}
                name, arguments = function.get("name"), function.get("arguments")
                calls.append((str(call.get("id") or ""), str(name or ""), str(arguments or "")))
            step.set("tool_calls", len(calls))
            return calls
