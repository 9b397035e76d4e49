"""Plots as numbers: where each bar and point of a small SVG stands. Computed here, so that no template reckons; `macros/charts.html` draws them, docs/look.md says how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from marketplace.core.i18n import number

TOP, BASE = 30.0, 150.0
"""The plot's own pixels: the highest mark and the ground line."""
STEPS = (1, 2, 2.5, 5, 10)
COUNT_STEPS = (2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Mark:
    """One value of a plot: its place and size in percent of the width and pixels of the height, and what its row of the table says."""

    label: str
    name: str
    text: str
    x: str
    middle: str
    width: str
    y: float
    height: float
    past_y: float
    past_height: float
    """A second value that stands below the first one, in grey; height 0 without one."""
    url: str | None
    is_named: bool
    """Whether its label stands below the ground line: not every one fits."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot: marks from left to right, the lines of its scale, and the points of a line for `polyline`."""

    marks: tuple[Mark, ...]
    grid: tuple[tuple[float, str], ...]
    """(y, words) of the lines of the scale, from the ground up."""
    points: str
    is_flat: bool
    """All values are 0: there is nothing to see."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is drawn: a number, its words, and the address of the rows behind it. `below` is a part of the bar in grey, under `number`."""

    label: str
    number: float
    text: str
    url: str | None = None
    below: float = 0
    name: str | None = None
    """What stands below the ground line, where the label is too long for it."""


def ceiling(most: float, steps: Sequence[float] = STEPS) -> float:
    """The round number at the top of a scale: a step times a power of ten, not below `most`; 1 for nothing."""
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in steps if step * power >= most * (1 - 1e-9))


def short(value: float) -> str:
    """A number of a scale, short: `2,500`, `25 k`, `1.5 M`."""
    if value >= 1_000_000:
        return f"{number(value / 1_000_000)}\u00a0M"
    return f"{number(value / 1_000)}\u00a0k" if value >= 10_000 else number(value)


def chart(values: Sequence[Value], *, most: float | None = None, names: int = 6, scale: Callable[[float], str] = short) -> Chart:
    """Put values side by side, the scale from 0. `most` is the top of the scale where it is known (1 for shares); about `names` are named.

    `scale` writes the numbers of the scale.
    """
    highest = max((value.number + value.below for value in values), default=0)
    is_count = all(float(value.number).is_integer() for value in values)
    # Counts have no halves: the middle line of their scale is a whole number too.
    top = most if most is not None else ceiling(max(highest, 2), COUNT_STEPS) if is_count else ceiling(highest)
    step = 100 / max(len(values), 1)
    every = max(1, -(-len(values) // names))
    marks, points = [], []
    for index, value in enumerate(values):
        height = _pixels(value.number, top)
        below = _pixels(value.below, top)
        middle = step * (index + 0.5)
        marks.append(
            Mark(
                label=value.label,
                name=value.name or value.label,
                text=value.text,
                x=f"{step * index + step * 0.15:.2f}%",
                middle=f"{middle:.2f}%",
                width=f"{step * 0.7:.2f}%",
                y=round(BASE - below - height, 1),
                height=height,
                past_y=round(BASE - below, 1),
                past_height=below,
                url=value.url,
                # Counted from the right, so that the newest one always has its name.
                is_named=(len(values) - 1 - index) % every == 0,
            )
        )
        points.append(f"{middle:.2f},{BASE - below - height:.1f}")
    grid = tuple((round(BASE - _pixels(share * top, top), 1), scale(share * top)) for share in (0, 0.5, 1))
    return Chart(tuple(marks), grid, " ".join(points), all(value.number + value.below == 0 for value in values))


def _pixels(number: float, top: float) -> float:
    return round(max(0.0, min(1.0, number / top)) * (BASE - TOP), 1)
