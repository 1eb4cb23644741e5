"""Numbers of ``/metrics`` that an incident moves: before it, at their highest, and now."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

from example_app.incidents import Number

_TEXT = {"accept": "text/plain;version=0.0.4"}
_WHOLE = 1000


@dataclass
class _Course:
    """One number over time."""

    number: Number
    before: float
    highest: float
    now: float

    @property
    def rose(self) -> float:
        return self.highest - self.before


class Numbers:
    """Reads an incident's numbers again and again.

    Args:
        app: the sample agent.
        numbers: which to read; the first reading is made here.

    Raises:
        httpx.HTTPError: the agent does not answer.
    """

    def __init__(self, app: httpx.Client, numbers: Sequence[Number]) -> None:
        self._app = app
        first = _values(app, numbers)
        self._courses = [
            _Course(number, value, value, value)
            for number, value in zip(numbers, first, strict=True)
        ]

    def read(self) -> None:
        """Read them all once more; an agent that is too busy to answer is asked next time."""
        try:
            values = _values(self._app, [course.number for course in self._courses])
        except httpx.HTTPError:
            return
        for course, value in zip(self._courses, values, strict=True):
            course.now = value
            course.highest = max(course.highest, value)

    @property
    def seen(self) -> bool:
        """Whether every number that must rise has risen far enough."""
        return all(course.rose >= course.number.rises_by for course in self._courses)

    @property
    def missing(self) -> list[str]:
        """What has not risen far enough, as sentences."""
        return [
            f"{course.number.label}: rose by {_shown(course.rose)}, expected at least "
            f"{_shown(course.number.rises_by)} ({course.number.metric})"
            for course in self._courses
            if course.rose < course.number.rises_by
        ]

    def table(self, title: str) -> Table:
        """Return what people are shown."""
        table = Table(title=title, title_justify="left")
        table.add_column("number of /metrics", overflow="fold")
        for heading in ("before", "highest", "now"):
            table.add_column(heading, justify="right")
        for course in self._courses:
            values = (course.before, course.highest, course.now)
            table.add_row(course.number.label, *map(_shown, values))
        return table


def _values(app: httpx.Client, numbers: Sequence[Number]) -> list[float]:
    response = app.get("/metrics", headers=_TEXT)
    response.raise_for_status()
    samples = [
        sample
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    ]
    return [
        sum(
            sample.value
            for sample in samples
            if sample.name == number.metric and number.labels.items() <= sample.labels.items()
        )
        for number in numbers
    ]


def _shown(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:,.4g}"
