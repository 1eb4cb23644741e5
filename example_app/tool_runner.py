"""Runs the tools that the model calls, each told as one operation."""

import json
import logging
import time
from typing import Any

from agent_telemetry import ObservabilityStack
from example_app.faults import Faults
from example_app.listener import Listener
from example_app.templates import Template
from example_app.tools.tool import ToolError

_log = logging.getLogger(__name__)


class ToolRunner:
    """The tool calls of one chat.

    Args:
        stack: told about each call.
        faults: what is broken on purpose.
        template: has the tools.
        listener: hears of each call.

    Attributes:
        done: name, status and duration of each call, in order.
        delivered: the tools that found or did what was asked.
        facts: what the person spoke of, by the tools' own results.
    """

    def __init__(
        self, stack: ObservabilityStack, faults: Faults, template: Template, listener: Listener
    ) -> None:
        self._stack = stack
        self._faults = faults
        self._tools = template.tools
        self._listener = listener
        self.done: list[dict[str, Any]] = []
        self.delivered: set[str] = set()
        self.facts: dict[str, str] = {}

    def call(self, call_id: str, name: str, arguments: str) -> dict[str, Any]:
        """Run one tool; its failure is told to the model, which decides what to say.

        Args:
            call_id: the model's id of the call.
            name: the tool.
            arguments: JSON, as the model wrote it.

        Returns:
            The message for the model.
        """
        shown = name if name in self._tools else "unknown_tool"
        started = time.perf_counter()
        with self._stack.tool(
            shown, arguments=arguments, **{"gen_ai.tool.call.id": call_id}
        ) as call:
            try:
                result = self._run(name, arguments)
                status = "success"
                self._note(name, result)
            except ToolError as error:
                status, result = "failed", {"error": str(error)}
                call.fail(error.code, str(error))
                # A warning: the error itself is told by the operation's own line.
                self._failed(logging.WARNING, shown, arguments, error.code, error)
            except Exception as error:  # noqa: BLE001 -- it costs one answer, not the chat
                status, result = "failed", {"error": "the tool is out of order"}
                call.fail(type(error).__name__)
                self._failed(logging.ERROR, shown, arguments, type(error).__name__, error)
            call.result(result)
        done = {
            "name": shown,
            "status": status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        }
        self.done.append(done)
        self._listener("tool", done)
        return {"role": "tool", "tool_call_id": call_id, "content": json.dumps(result)}

    def _run(self, name: str, arguments: str) -> dict[str, Any]:
        tool = self._tools.get(name)
        if tool is None:
            raise ToolError("unknown_tool", "there is no such tool")
        self._faults.strike_tool()
        return tool.call(arguments)

    def _note(self, name: str, result: dict[str, Any]) -> None:
        """Note what a call was good for: an order that is not there, or no document, is nothing."""
        if "error" in result or result.get("results") == []:
            return
        self.delivered.add(name)
        fact = self._tools[name].remembers
        if fact is not None and fact in result:
            self.facts[fact] = str(result[fact])

    def _failed(
        self, level: int, name: str, arguments: str, error_type: str, error: Exception
    ) -> None:
        """Leave a line; of what the model wrote only the size, as it may quote a person."""
        _log.log(
            level,
            "Tool execution failed: %s",
            name,
            exc_info=error if level >= logging.ERROR else None,
            extra={
                "event": "tool_execution_failed",
                "tool_name": name,
                "error_type": error_type,
                "error": _short(error),
                "input_length": len(arguments),
            },
        )


def _short(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:200]
