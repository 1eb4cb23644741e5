"""The model's mind: given a conversation, call tools or answer."""

from dataclasses import dataclass
from typing import Any

from example_app.simulator.arguments import fill_arguments, missing_parameter
from example_app.simulator.conversation import Conversation
from example_app.simulator.intents import Intent, IntentTable
from example_app.simulator.reply import ask_for, compose_reply
from example_app.simulator.tool_results import failure_of, parse_result

_NO_TOOLS = (
    "I can answer that only in general terms, because I have no tool to look it up with here."
    " In short, it depends on the details; tell me more and I will be as exact as I can."
)


@dataclass(frozen=True)
class PlannedCall:
    """A tool to call, with its arguments as data."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """What the model does next: `calls` when there are any, otherwise it says `text`."""

    text: str = ""
    calls: tuple[PlannedCall, ...] = ()


class Planner:
    """Decides by the rule table. The same conversation always gets the same decision.

    Args:
        intents: The rule table.
    """

    def __init__(self, intents: IntentTable) -> None:
        self._intents = intents

    def decide(self, conversation: Conversation) -> Decision:
        """The next step of a conversation."""
        if conversation.tool_choice == "none" or not conversation.tools:
            return self._answer(conversation, self._intents.of(conversation.question, ()))
        if conversation.tool_choice not in {"auto", "required"}:
            return self._forced(conversation, conversation.tool_choice)
        intents = self._intents.of(conversation.question, {t.name for t in conversation.tools})
        calls = self._next_calls(conversation, intents)
        if calls:
            return Decision(calls=calls if conversation.parallel_tool_calls else calls[:1])
        if conversation.tool_choice == "required" and not conversation.turn_results:
            return self._forced(conversation, conversation.tools[0].name)
        return self._answer(conversation, intents)

    def repeat(self, conversation: Conversation) -> Decision:
        """The decision of a model that is caught in a loop: the last call once more, or a first."""
        if conversation.tool_choice == "none" or not conversation.tools:
            return self.decide(conversation)
        if conversation.turn_results:
            last = conversation.turn_results[-1].call
            arguments = parse_result(last.arguments)
            return Decision(
                calls=(PlannedCall(last.name, arguments if isinstance(arguments, dict) else {}),)
            )
        first = self.decide(conversation).calls[:1]
        if first:
            return Decision(calls=first)
        return self._forced(conversation, conversation.tools[0].name)

    def _next_calls(
        self, conversation: Conversation, intents: list[Intent]
    ) -> tuple[PlannedCall, ...]:
        """The first round with calls still to make; none after a failed call.

        A tool whose required values are nowhere in the conversation is passed over.
        """
        results = conversation.turn_results
        if any(failure_of(result) is not None for result in results):
            return ()
        for step in _merged_rounds(intents):
            calls: list[PlannedCall] = []
            for name in step:
                tool = conversation.offer(name)
                if tool is None:
                    continue
                done = sum(result.call.name == name for result in results)
                wanted = fill_arguments(tool, conversation)
                calls += [PlannedCall(name, arguments) for arguments in wanted[done:]]
            if calls:
                return tuple(calls)
        return ()

    def _answer(self, conversation: Conversation, intents: list[Intent]) -> Decision:
        if conversation.turn_results:
            return Decision(text=compose_reply(conversation.turn_results))
        if intents and intents[0].reply:
            return Decision(text=intents[0].reply)
        for step in _merged_rounds(intents):
            tool = conversation.offer(step[0])
            if tool is not None:
                return Decision(text=ask_for(missing_parameter(tool, conversation)))
        return Decision(text=_NO_TOOLS)

    def _forced(self, conversation: Conversation, name: str) -> Decision:
        """The one tool the caller insists on, called once a turn, with what arguments there are."""
        tool = conversation.offer(name)
        if tool is None or any(r.call.name == name for r in conversation.turn_results):
            return self._answer(conversation, [])
        filled = fill_arguments(tool, conversation) or [{}]
        return Decision(calls=(PlannedCall(name, filled[0]),))


def _merged_rounds(intents: list[Intent]) -> list[list[str]]:
    """The rounds of all intents side by side; a tool keeps its earliest place."""
    rounds: list[list[str]] = []
    placed: set[str] = set()
    for number in range(max((len(intent.rounds) for intent in intents), default=0)):
        step = []
        for intent in intents:
            for name in intent.rounds[number] if number < len(intent.rounds) else ():
                if name not in placed:
                    placed.add(name)
                    step.append(name)
        rounds.append(step)
    return [step for step in rounds if step]
