"""What each fault does to people, to the numbers and to whoever is on call: one table for all."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from example_app.settings import DATA

_FILE = DATA / "incidents.toml"

Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SpanSearch(_Row):
    """What to look for among the traces.

    Attributes:
        service: whose spans.
        operation: name of the span; empty for any.
        tags: attributes that it has.
    """

    service: Sentence = "example-agent"
    operation: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)


class Places(_Row):
    """Where to look while it lasts.

    Attributes:
        metric: a query in PromQL.
        log: a query in LogQL.
        span: a search among the traces.
    """

    metric: Sentence
    log: Sentence
    span: SpanSearch


class Number(_Row):
    """A number of ``/metrics`` that the fault moves.

    Attributes:
        label: what it counts, for people.
        metric: name of the sample.
        labels: those that its series must have; all of them are added up.
        rises_by: the fault is seen when it rose by this much; 0 only shows it.
    """

    label: Sentence
    metric: Sentence
    labels: Mapping[str, str] = Field(default_factory=dict)
    rises_by: float = Field(default=0, ge=0)


class Drive(_Row):
    """Chats that make it visible.

    Attributes:
        messages: what is asked, in turn.
        chats: how many at the beginning.
        at_once: how many of them at the same time.
        every_seconds: one more in this time while an alert is waited for.
        template: which agent is asked.
        stream: whether answers are streamed.
        repeated: the same words again, which a cache could answer; otherwise each is new.
        settings: of the fault itself.
    """

    messages: Annotated[list[Sentence], Field(min_length=1)]
    chats: int = Field(ge=1, le=200)
    at_once: int = Field(default=1, ge=1, le=50)
    every_seconds: float = Field(default=5, ge=0.1, le=60)
    template: Sentence = "support"
    stream: bool = False
    repeated: bool = False
    settings: Mapping[str, float | int | str] = Field(default_factory=dict)


class Incident(_Row):
    """One fault as people meet it.

    Attributes:
        name: the fault's name.
        what_breaks: the cause.
        what_the_user_sees: the effect on who chats.
        alert: the alert that is meant to fire, None where none is.
        scope: that alert's scope.
        alert_in_lite: the alert in the lite version, where it is another one: only the library's
            own rules are there.
        scope_in_lite: that alert's scope.
        dashboard: uid of the dashboard that shows it.
        panel: key of the panel there.
        panel_id: id of the panel in links; the key's number in ``grafana/panel_ids``.
        where_to_look: metric, log and span.
        how_it_ends: what ends it, and what is left then.
        lite: where it is visible without servers.
        numbers: what to compare before and after.
        drive: the chats that make it visible.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    what_breaks: Sentence
    what_the_user_sees: Sentence
    alert: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")] | None = None
    scope: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")] | None = None
    alert_in_lite: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")] | None = None
    scope_in_lite: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")] | None = None
    dashboard: Sentence
    panel: Sentence
    panel_id: int = Field(gt=0)
    where_to_look: Places
    how_it_ends: Sentence
    lite: Sentence
    numbers: Annotated[list[Number], Field(min_length=1)]
    drive: Drive

    def in_lite(self) -> "Incident":
        """Return what the lite version tells of it: by an alert that the library has."""
        if self.alert_in_lite is None:
            return self
        return self.model_copy(update={"alert": self.alert_in_lite, "scope": self.scope_in_lite})


@cache
def load_incidents(path: Path = _FILE) -> Mapping[str, Incident]:
    """Read the table; the order is the file's.

    Raises:
        ValueError: a row is wrong or a name is there twice.
    """
    rows = tomllib.loads(path.read_text("utf-8"))["incident"]
    found = [Incident.model_validate(row) for row in rows]
    table = {incident.name: incident for incident in found}
    if len(table) != len(found):
        raise ValueError(f"{path.name}: a name is there twice")
    return table
