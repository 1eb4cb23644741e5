"""The agent's loop: ask the model, run the tools that it calls, until it answers."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent_telemetry import AgentRun, ObservabilityStack
from example_app.faults import Faults
from example_app.model_client import Completion, ModelClient, ModelError
from example_app.templates import Template
from example_app.tools.tool import ToolError

_log = logging.getLogger(__name__)

Emit = Callable[[str, dict[str, Any]], None]


@dataclass
class AgentAnswer:
    """What a run gave.

    Attributes:
        reply: the text for the person.
        tools: name, status and duration of each call, in order.
        turn: the messages to remember in the session.
        run: the run's numbers.
    """

    reply: str
    tools: list[dict[str, Any]]
    turn: list[dict[str, Any]]
    run: AgentRun


@dataclass
class Agent:
    """An agent at work on one message.

    Attributes:
        stack: told about everything.
        model: answers.
        faults: what is broken on purpose.
        template: what it is told and what it can do.
        agent_id: its slot in the pool.
    """

    stack: ObservabilityStack
    model: ModelClient
    faults: Faults
    template: Template
    agent_id: str
    _tools: list[dict[str, Any]] = field(default_factory=list)

    def answer(
        self, message: str, history: list[dict[str, Any]], emit: Emit | None = None
    ) -> AgentAnswer:
        """Answer one message.

        Args:
            message: what the person wrote.
            history: the turns before.
            emit: called with ``token`` and ``tool`` events as they happen.

        Raises:
            ModelError: the model gave no usable answer, or no end.
        """
        template = self.template
        user = {"role": "user", "content": message}
        messages = [{"role": "system", "content": template.prompt}, *history, user]
        with self.stack.agent(
            template.template_id, agent_id=self.agent_id, template_id=template.template_id
        ) as run:
            run.set("message.length", len(message))
            _log.info(
                "Chat started", extra={"event": "chat_started", "message_count": len(messages)}
            )
            for _ in range(template.most_rounds):
                completion = self._ask(messages, emit)
                calls = self._parse(completion)
                if not calls:
                    turn = [user, {"role": "assistant", "content": completion.content}]
                    return AgentAnswer(completion.content, self._tools, turn, run)
                messages.append(
                    {
                        "role": "assistant",
                        "content": completion.content or None,
                        "tool_calls": completion.tool_calls,
                    }
                )
                messages += [self._call_tool(*call, emit) for call in calls]
            raise ModelError("too_many_rounds", "the model did not come to an end")

    def _ask(self, messages: list[dict[str, Any]], emit: Emit | None) -> Completion:
        with self.stack.chain("call_llm"):
            on_token = None if emit is None else lambda text: emit("token", {"text": text})
            return self.model.complete(
                messages, [tool.offer() for tool in self.template.tools.values()], on_token
            )

    def _parse(self, completion: Completion) -> list[tuple[str, str, str]]:
        """Return id, name and arguments of each call, whatever the model wrote."""
        with self.stack.chain("parse_response") as step:
            calls = []
            for call in completion.tool_calls:
                function = call.get("function")
                function = function if isinstance(function, dict) else {}
                name, arguments = function.get("name"), function.get("arguments")
                calls.append((str(call.get("id") or ""), str(name or ""), str(arguments or "")))
            step.set("tool_calls", len(calls))
            return calls

    def _call_tool(
        self, call_id: str, name: str, arguments: str, emit: Emit | None
    ) -> dict[str, Any]:
        """Run one tool; its failure is told to the model, which decides what to say."""
        shown = name if name in self.template.tools else "unknown_tool"
        started = time.perf_counter()
        with self.stack.tool(shown, **{"gen_ai.tool.call.id": call_id}) as call:
            try:
                result = self._run_tool(name, arguments)
                status = "success"
            except ToolError as error:
                status, result = "failed", {"error": str(error)}
                call.fail(error.code, str(error))
                # A warning: the error itself is told by the operation's own line.
                _log.warning(
                    "Tool execution failed: %s",
                    error,
                    extra={
                        "event": "tool_execution_failed",
                        "tool_name": shown,
                        "error_type": error.code,
                    },
                )
            except Exception as error:  # noqa: BLE001 -- it costs one answer, not the chat
                status, result = "failed", {"error": "the tool is out of order"}
                call.fail(type(error).__name__)
                _log.exception(
                    "Tool execution failed",
                    extra={"event": "tool_execution_failed", "tool_name": shown},
                )
        done = {
            "name": shown,
            "status": status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        }
        self._tools.append(done)
        if emit is not None:
            emit("tool", done)
        return {"role": "tool", "tool_call_id": call_id, "content": json.dumps(result)}

    def _run_tool(self, name: str, arguments: str) -> dict[str, Any]:
        tool = self.template.tools.get(name)
        if tool is None:
            raise ToolError("unknown_tool", "there is no such tool")
        self.faults.strike_tool()
        return tool.call(arguments)
