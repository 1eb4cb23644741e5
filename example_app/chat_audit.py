"""What the audit trail says of chats: who, what, how much, how it was judged; never the text."""

from collections.abc import Callable, Sequence
from typing import Any

from example_app.refusal import Refusal


class ChatAudit:
    """Writes the records of chats.

    Args:
        audit: appends one record: the event, a sentence, its fields.
        full: whether chats that were simply answered are written too.
    """

    def __init__(self, audit: Callable[..., object], *, full: bool) -> None:
        self._audit = audit
        self._full = full

    def answered(
        self, answer: dict[str, Any], *, prompt: str, reply: str, outcomes: Sequence[str]
    ) -> None:
        """Tell an answer.

        Args:
            answer: the JSON of the answer.
            prompt: what the policy did to the prompt.
            reply: what the policy did to the answer.
            outcomes: the goals that were reached.
        """
        if "refund_requested" in outcomes:
            self._audit("refund_requested", "A refund was requested", **_told(answer))
        judged = {"policy_prompt": prompt, "policy_answer": reply}
        if self._full or set(judged.values()) != {"pass"}:
            fields = {**_told(answer), **judged, "outcomes": list(outcomes)}
            self._audit("chat_answered", "A chat was answered", **fields)

    def refused(self, refusal: Refusal) -> None:
        """Tell a request that was not served."""
        self._audit(
            "chat_refused",
            "A chat was refused",
            error_type=refusal.code,
            http_status=refusal.status,
        )

    def failed(self, error: BaseException) -> None:
        """Tell a chat that broke."""
        code = getattr(error, "code", None)
        kind = code if isinstance(code, str) else type(error).__name__
        self._audit("chat_failed", "A chat failed", error_type=kind)

    def examined(self, *, right: bool, question: str, **fields: Any) -> None:
        """Tell a question of the accuracy benchmark by its name."""
        self._audit(
            "benchmark_run", "A benchmark question was asked", question=question, right=right,
            **fields,
        )  # fmt: skip

    def feedback(self, rated_trace_id: str, rating: str, *, known: bool) -> None:
        """Tell a thumb for an answer."""
        self._audit(
            "feedback", "An answer was rated", rated_trace_id=rated_trace_id, rating=rating,
            answer_known=known,
        )  # fmt: skip


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an answer.

    Tokens and cost stand on the model calls' records: said again under the same names, a sum over
    all records would count them twice.
    """
    return {
        "answer_trace_id": answer["trace_id"],
        "template_id": answer["template"],
        "model": answer["model"],
        "cached": answer["cached"],
        "duration_seconds": answer["duration_ms"] / 1000,
        "run_tokens_input": answer["tokens"]["input"],
        "run_tokens_output": answer["tokens"]["output"],
        "run_cost_usd": answer["cost_usd"],
        "tools": [{"name": tool["name"], "status": tool["status"]} for tool in answer["tools"]],
    }
