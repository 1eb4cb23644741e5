"""Charts as numbers: bars and lines in a box of fixed size, for a template to draw."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent_telemetry.console.wording import NONE

WIDTH, HEIGHT = 600.0, 120.0
_TIMES_SHOWN = 5
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
#: Minutes past which the time axis shows days.
_DAY_AND_A_BIT = 26 * 60


@dataclass(frozen=True)
class Bar:
    """What one step of time shows.

    Attributes:
        x: its left edge.
        width: its width.
        time: when it began, in words.
        marks: where the mark of each series begins, from below, and its height.
        told: the same values in words.
    """

    x: float
    width: float
    time: str
    marks: list[tuple[float, float]]
    told: list[str]


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        key: its name in the page, such as ``traffic``.
        title: what it shows.
        series: names of its series, in the order of ``marks``.
        bars: its steps of time.
        lines: for a chart of lines, the points of each series; empty for one of bars.
        top: the largest value in words.
        times: positions and words of the time axis.
        empty: whether there is nothing to show.
    """

    key: str
    title: str
    series: list[str]
    bars: list[Bar]
    lines: list[str]
    top: str
    times: list[tuple[float, str]]
    empty: bool


def chart(
    key: str,
    title: str,
    starts: Sequence[int],
    series: dict[str, Sequence[float | None]],
    words: Callable[[float], str],
    *,
    lines: bool = False,
    stacked: bool = False,
) -> Chart:
    """Return a chart.

    Args:
        key: its name in the page.
        title: what it shows.
        starts: the minutes since 1970 in which its steps begin, at least one.
        series: values by name, one for each step; None where there was nothing.
        words: tells a value in words.
        lines: draw lines instead of bars.
        stacked: one series' bars stand on those of the one before, not in front of them.
    """
    values = list(series.values())
    known = [value for each in values for value in each if value is not None]
    highest = max(known, default=0.0)
    if stacked:
        highest = max(sum(each or 0 for each in step) for step in zip(*values, strict=True))
    top = _round_up(highest)
    width = WIDTH / len(starts)
    bars = []
    for index, start in enumerate(starts):
        here = [each[index] for each in values]
        bars.append(
            Bar(
                x=round(index * width, 2),
                width=round(width, 2),
                time=_clock(start, "%d %b %H:%M" if _days(starts) else "%H:%M"),
                marks=_marks(here, top, stacked=stacked),
                told=[NONE if value is None else words(value) for value in here],
            )
        )
    return Chart(
        key=key,
        title=title,
        series=list(series),
        bars=bars,
        lines=[_line(each, top, width) for each in values] if lines else [],
        top=words(top) if known else "",
        times=_times(starts, width),
        empty=not any(known),
    )


def _marks(
    values: Sequence[float | None], top: float, *, stacked: bool
) -> list[tuple[float, float]]:
    found, low = [], 0.0
    for value in values:
        height = (value or 0) / top * HEIGHT if top else 0.0
        found.append((round(low, 2), round(height, 2)))
        low += height if stacked else 0
    return found


def _line(values: Sequence[float | None], top: float, width: float) -> str:
    """Return an SVG path that is broken where there is no value."""
    parts, drawing = [], False
    for index, value in enumerate(values):
        if value is None or not top:
            drawing = False
            continue
        x, y = (index + 0.5) * width, HEIGHT - value / top * HEIGHT
        alone = index + 1 == len(values) or values[index + 1] is None
        parts.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
        if alone and not drawing:
            parts.append(f"h{min(width / 2, 4):.1f}")  # a point that stands alone is seen too
        drawing = True
    return " ".join(parts)


def _times(starts: Sequence[int], width: float) -> list[tuple[float, str]]:
    every = max(1, math.ceil(len(starts) / _TIMES_SHOWN))
    form = "%d %b" if _days(starts) else "%H:%M"
    return [
        (round((index + 0.5) * width, 1), _clock(starts[index], form))
        for index in range(every // 2, len(starts), every)
    ]


def _days(starts: Sequence[int]) -> bool:
    return starts[-1] - starts[0] > _DAY_AND_A_BIT


def _clock(minute: int, form: str) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime(form)


def _round_up(value: float) -> float:
    """Return the next short number: the top of an axis that people can read."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * 0.9999)
