"""The table of dashboards and their panels with data: printed, and kept as reports/panels.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commands.checkout import ROOT

REPORT = ROOT / "reports" / "panels.md"


@dataclass
class BoardResult:
    """What a dashboard's panels got.

    Attributes:
        panels: title → whether every query that should find something did.
        queries: how many were asked.
        rightly_empty: query → reason, those that empty_panels.toml lists.
        empty: queries that should have found something.
    """

    panels: dict[str, bool] = field(default_factory=dict)
    queries: int = 0
    rightly_empty: dict[str, str] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)


def table(results: Mapping[str, BoardResult]) -> str:
    """Return the results as a Markdown table, and below it what is empty and why."""
    lines = ["# Panels with data", ""]
    lines += ["| dashboard | panels | with data | queries | rightly empty | empty |"]
    lines += ["|---|--:|--:|--:|--:|--:|"]
    for uid, one in sorted(results.items()):
        lines.append(
            f"| {uid} | {len(one.panels)} | {sum(one.panels.values())} | {one.queries} "
            f"| {len(one.rightly_empty)} | {len(one.empty)} |"
        )
    lines.append(
        f"| **{len(results)} dashboards** | {sum(len(r.panels) for r in results.values())} "
        f"| {sum(sum(r.panels.values()) for r in results.values())} "
        f"| {sum(r.queries for r in results.values())} "
        f"| {sum(len(r.rightly_empty) for r in results.values())} "
        f"| {sum(len(r.empty) for r in results.values())} |"
    )
    for heading, found in (
        ("Rightly empty", {k: v for r in results.values() for k, v in r.rightly_empty.items()}),
        ("Empty", {k: "" for r in results.values() for k in r.empty}),
    ):
        if found:
            lines += ["", f"## {heading}", ""]
            lines += [f"- {name}{': ' if why else ''}{why}" for name, why in sorted(found.items())]
    return "\n".join(lines) + "\n"


def write(results: Mapping[str, BoardResult], path: Path = REPORT) -> str:
    """Write the table to a file, and return it."""
    path.parent.mkdir(exist_ok=True)
    text = table(results)
    path.write_text(text, "utf-8")
    return text
