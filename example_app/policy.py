"""The policy on what is said: to the model by people, and to people by the model."""

import re
from collections.abc import Callable

from agent_telemetry.redaction.sensitive_words import SensitiveWords
from example_app.refusal import Refusal

SAFE_ANSWER = "I am sorry, I cannot help with that here. A colleague will gladly take it from here."

#: Where a sentence ends: what stands before it can be judged and said.
_SENTENCE_END = re.compile(r"[.!?…]['\")\]]*\s+|[\u3002\uff01\uff1f]|\n+")
_MOST_HELD = 2000
_KEPT_BACK = 200

PASS, MASK, BLOCK = "pass", "mask", "block"
_SEVERITY = (PASS, MASK, BLOCK)


class Policy:
    """Judges prompts and answers by the sensitive words.

    Args:
        words: finds them, counts them and writes them into the audit trail.
    """

    def __init__(self, words: SensitiveWords) -> None:
        self._words = words

    def prompt(self, message: str) -> tuple[str, str] | Refusal:
        """Return what was done (``pass`` or ``mask``) and the text to go on with."""
        verdict = self._words.check(message, where="prompt")
        if verdict.action == BLOCK:
            return Refusal(
                422,
                "blocked_by_policy",
                "This message is against the rules of this service; please ask otherwise.",
                "message",
            )
        return verdict.action, verdict.text

    def answer(self, say: Callable[[str], None] | None = None) -> "CheckedAnswer":
        """Return the check of one answer.

        Args:
            say: called with text as soon as it may be said.
        """
        return CheckedAnswer(self._words, say)


class CheckedAnswer:
    """One answer on its way to the person, judged sentence by sentence.

    A word may come in two pieces of a stream, and what was said cannot be taken back. So a piece
    waits until its sentence is whole.

    Attributes:
        action: the severest thing done so far: ``pass``, ``mask`` or ``block``.
    """

    def __init__(self, words: SensitiveWords, say: Callable[[str], None] | None) -> None:
        self._words = words
        self._say = say
        self._held = ""
        self._said: list[str] = []
        self.action = PASS

    def piece(self, text: str) -> None:
        """Take one piece of a stream."""
        self._held += text
        ends = [found.end() for found in _SENTENCE_END.finditer(self._held)]
        if ends:
            self._judge(ends[-1])
        elif len(self._held) > _MOST_HELD:
            blank = self._held.rfind(" ", 0, len(self._held) - _KEPT_BACK)
            self._judge(blank + 1 if blank >= 0 else len(self._held) - _KEPT_BACK)

    def finish(self, whole: str | None = None) -> str:
        """Return the answer as it may be said.

        Args:
            whole: the text of an answer that did not come in pieces.
        """
        if whole is not None:
            self._held = whole
        if self._held:
            self._judge(len(self._held))
        return SAFE_ANSWER if self.action == BLOCK else "".join(self._said)

    def _judge(self, end: int) -> None:
        """Judge the held text up to a place, and say it unless something was blocked."""
        text, self._held = self._held[:end], self._held[end:]
        if self.action == BLOCK:
            return
        verdict = self._words.check(text, where="answer")
        self.action = max(self.action, verdict.action, key=_SEVERITY.index)
        if verdict.action == BLOCK:
            return
        self._said.append(verdict.text)
        if self._say is not None:
            self._say(verdict.text)
