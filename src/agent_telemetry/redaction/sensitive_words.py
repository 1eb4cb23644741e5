"""Words that a service does not want to hear or say: counted, audited, and dealt with."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent_telemetry.redaction.folded_text import FoldedText
from agent_telemetry.redaction.redactor import FAILED, Finding, Redactor, replaced
from agent_telemetry.redaction.sensitive_category import (
    ACTIONS,
    PERSONAL_DATA,
    Action,
    Category,
    read_categories,
)

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack


class Verdict(NamedTuple):
    """What was found in a text and what is to be done.

    Attributes:
        action: the severest action of the categories that were hit; ``pass`` when none was.
        text: the text to go on with; hits of ``mask`` and ``block`` are replaced in it.
        hits: category, action and number of hits of each category that was hit.
    """

    action: Action
    text: str
    hits: tuple[tuple[str, Action, int], ...]


class SensitiveWords:
    """The categories of one service.

    Args:
        categories: what is looked for; ``personal_data`` is added when it is not among them.
        stack: counts the hits and writes them into the audit trail.
        redactor: finds personal data.
    """

    def __init__(
        self,
        categories: tuple[Category, ...],
        stack: "ObservabilityStack",
        redactor: Redactor | None = None,
    ) -> None:
        if not any(each.name == PERSONAL_DATA for each in categories):
            categories = (*categories, Category(PERSONAL_DATA, "mask"))
        self._categories = categories
        self._stack = stack
        self._redactor = redactor if redactor is not None else Redactor()
        stack.metrics.expect(category=[each.name for each in categories])

    @classmethod
    def load(cls, path: Path, stack: "ObservabilityStack") -> "SensitiveWords":
        """Read ``[[category]]`` tables of ``name``, ``action``, ``words`` and ``patterns``.

        Args:
            path: the TOML file.
            stack: counts the hits and writes them into the audit trail.

        Raises:
            ConfigurationError: the file is missing or has something wrong.
        """
        redactor = Redactor.load(stack.settings.redact_patterns_file)
        return cls(read_categories(path), stack, redactor)

    def check(self, text: str, where: str = "prompt") -> Verdict:
        """Judge a text; hits are counted and audited, the words themselves nowhere written.

        Args:
            text: what a person or the model said.
            where: ``prompt`` or ``answer``, for the audit trail.
        """
        try:
            verdict = self._judge(text)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.guard.fault("sensitive_words", error)
            return Verdict("block", FAILED, ())  # not looked through: it must not go on
        for name, action, count in verdict.hits:
            self._tell(name, action, count, where)
        return verdict

    def _judge(self, text: str) -> Verdict:
        folded = FoldedText(text)
        hits: list[tuple[str, Action, int]] = []
        masks: list[Finding] = []
        for category in self._categories:
            places = [folded.original(*place) for place in category.find(folded.text)]
            found = [Finding(category.name, *place) for place in places]
            if category.name == PERSONAL_DATA:
                found += self._redactor.find(text)
            if not found:
                continue
            hits.append((category.name, category.action, len(found)))
            if category.action != "pass":
                masks += found
        severest = max((action for _, action, _ in hits), key=ACTIONS.index, default=ACTIONS[0])
        return Verdict(severest, replaced(text, _apart(masks)), tuple(hits))

    def _tell(self, category: str, action: Action, count: int, where: str) -> None:
        self._stack.metrics.inc(
            "agent_sensitive_word_hits_total", count, category=category, action=action
        )
        self._stack.audit(
            "sensitive_word",
            "Sensitive words found",
            category=category,
            action=action,
            count=count,
            where=where,
        )


def _apart(found: list[Finding]) -> list[Finding]:
    """Return findings in order; what overlaps is one finding, of the category of the first."""
    kept: list[Finding] = []
    for each in sorted(found, key=lambda finding: finding.start):
        if kept and each.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, each.end))
        else:
            kept.append(each)
    return kept
