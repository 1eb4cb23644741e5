# ruff: noqa: FBT003 -- the SDK's switches are positional
"""A dashboard as this project writes one, and how it becomes Grafana's classic model."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import dashboard as md

from grafana import annotations, variables
from grafana.links import Link
from grafana.panel_ids import FIRST_ROW

#: Every dashboard has it: the drop-down of all dashboards finds them by it.
TAG = "agent"
_WIDTH = 24


@dataclass(frozen=True)
class Row:
    """Some panels under one heading.

    Attributes:
        title: the question that they answer.
        panels: from left to right; each brings its id, width and height.
        collapsed: whether it is a detail, closed until somebody wants it.
    """

    title: str
    panels: Sequence[cog.Builder[md.Panel]]
    collapsed: bool = False


@dataclass(frozen=True)
class Board:
    """One dashboard.

    Attributes:
        title: of which the uid is the slug.
        question: what it answers: its description, and its line in docs/dashboards.md.
        rows: the verdict first, details last.
        variables: the choices at its top, data sources first.
        links: beside the drop-down of all dashboards.
        span: the time that it shows at first, such as ``1h``.
        refresh: how often it asks again.
        of_service: selector that narrows the marks of alerts to the chosen service; empty for the
            dashboards about everything.
    """

    title: str
    question: str
    rows: Sequence[Row]
    variables: Sequence[variables.Variable]
    links: Sequence[Link] = ()
    span: str = "1h"
    refresh: str = "30s"
    of_service: str = 'service=~"$service"'

    @property
    def uid(self) -> str:
        """Return the stable id: the slug of the title."""
        return self.title.lower().replace(" ", "-")

    def build(self) -> md.Dashboard:
        """Return the dashboard in Grafana's classic model."""
        dashboard = (
            db.Dashboard(self.title)
            .uid(self.uid)
            .description(self.question)
            .tags([TAG])
            .readonly()
            .tooltip(md.DashboardCursorSync.CROSSHAIR)
            .refresh(self.refresh)
            .time(f"now-{self.span}", "now")
            .timezone("browser")
            .annotation(annotations.paging_alerts(self.of_service))
            .annotation(annotations.warnings(self.of_service))
            .annotation(annotations.starts(self.of_service))
            .link(
                db.DashboardLink("Agent dashboards")
                .type(md.DashboardLinkType.DASHBOARDS)
                .tags([TAG])
                .as_dropdown(True)
                .keep_time(True)
                .include_vars(True)
                .placement(None)
            )
        )
        for one in self.variables:
            dashboard = dashboard.with_variable(one)
        for link in self.links:
            dashboard = dashboard.link(link.builder().type(md.DashboardLinkType.LINK))
        built = dashboard.build()
        built.panels = list(_laid_out(self.rows))
        return built


def _laid_out(rows: Sequence[Row]) -> list[md.Panel | md.RowPanel]:
    """Give every panel its place: left to right, then the next line, row under row.

    The SDK's own placing wraps a line only where its widths add up to the full one.
    """
    placed: list[md.Panel | md.RowPanel] = []
    top = 0
    for number, row in enumerate(rows):
        heading = md.RowPanel(
            id_val=FIRST_ROW + number,
            title=row.title,
            collapsed=row.collapsed,
            grid_pos=md.GridPos(x=0, y=top, w=_WIDTH, h=1),
            panels=[],
        )
        placed.append(heading)
        panels, bottom = _lines([panel.build() for panel in row.panels], top + 1)
        if row.collapsed:
            heading.panels = panels
            top += 1  # the panels of a closed row take no room
        else:
            placed += panels
            top = bottom
    return placed


def _lines(panels: list[md.Panel], top: int) -> tuple[list[md.Panel], int]:
    left = height = 0
    for panel in panels:
        at = panel.grid_pos
        if at is None:
            raise ValueError(f"{panel.title}: has no size")
        if left + at.w > _WIDTH:
            top, left, height = top + height, 0, 0
        at.x, at.y = left, top
        left, height = left + at.w, max(height, at.h)
    return panels, top + height
