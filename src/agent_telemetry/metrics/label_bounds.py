"""Bounds on label values, kept when a child is written: past them a value becomes ``other``."""

from collections.abc import Callable, Collection, Mapping

from agent_telemetry.workers.fork_safety import call_in_child, forkable_lock

#: Label and value of each label, in the order of the labels' names.
Labels = tuple[tuple[str, str], ...]
#: The series of each family, by its name as prometheus-client keeps it (without ``_total``).
KnownSeries = Mapping[str, Collection[Labels]]

OTHER = "other"

#: Most distinct values of a label, over all families together.
LABEL_CAPS: Mapping[str, int] = {
    "tenant_id": 100,
    "agent_id": 50,
    "gen_ai_agent_name": 50,
    "tool_name": 100,
    "gen_ai_tool_name": 100,
    "model": 50,
    "gen_ai_request_model": 50,
    "gen_ai_response_model": 50,
    "endpoint": 100,
}
DEFAULT_CAP = 100
#: Most children of one family.
FAMILY_CAP = 2000
_MOST_CHARACTERS = 128
#: Written by the library alone; also when the redaction itself has failed, so they pass it by.
_OURS = frozenset({"where", "label"})


def clean(value: object) -> str:
    """Return a label value that every scrape can encode: UTF-8, short, never None."""
    if value is None:
        return ""
    text = value if type(value) is str else str(value)
    if len(text) <= _MOST_CHARACTERS and text.isascii():
        return text
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


class LabelBounds:
    """Admits the first values of each label and answers ``other`` for the rest.

    With several workers, what any of them has admitted so far is admitted here too, so that workers
    that come and go do not add up to more and more values.

    Args:
        caps: most values by label; ``DEFAULT_CAP`` for labels not named.
        series: returns the series that all workers have, by family; None for one process.

    Attributes:
        redact: takes personal data and secrets out of a value before it is admitted.
    """

    def __init__(
        self,
        caps: Mapping[str, int] = LABEL_CAPS,
        series: Callable[[], KnownSeries] | None = None,
    ) -> None:
        self._caps = caps
        self.redact: Callable[[str], str] = str
        self._series = series
        self._known: KnownSeries = {}
        self._due = series is not None
        self._admitted: dict[str, set[str]] = {}
        self._lock = forkable_lock()
        call_in_child(self.read_again)

    def admit(self, label: str, value: str) -> str:
        """Return the value, redacted, or ``other`` when the label is full."""
        if self._due:
            self._read_known()
        with self._lock:
            known = self._admitted.setdefault(label, set())
            if value in known or value in {OTHER, ""}:
                return value
            if len(known) >= self._caps.get(label, DEFAULT_CAP):
                return OTHER
        if label not in _OURS:
            value = self.redact(value)
        with self._lock:
            if value in known:
                return value
            if len(known) >= self._caps.get(label, DEFAULT_CAP):
                return OTHER
            known.add(value)
            return value

    def shown(self, label: str, value: str) -> str:
        """Return a value, redacted, of a family whose children are bounded by whoever reads it."""
        if value in self._admitted.get(label, ()) or value == OTHER or label in _OURS:
            return value
        return self.redact(value)

    def known(self, name: str) -> Collection[Labels]:
        """Return the series of a family that any worker has."""
        if self._due:
            self._read_known()
        return self._known.get(name, ())

    def read_again(self) -> None:
        """Ask for the series of all workers before the next value is admitted."""
        self._due = self._series is not None

    def _read_known(self) -> None:
        self._due = False
        found = self._series() if self._series is not None else {}
        with self._lock:
            self._known = found
            for series in found.values():
                for labels in series:
                    for label, value in labels:
                        if value not in {OTHER, ""}:
                            self._admitted.setdefault(label, set()).add(value)
