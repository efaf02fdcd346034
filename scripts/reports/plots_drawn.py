"""Draws a plot as SVG, with matplotlib: the same plot always gives the same bytes.

The SVG stands alone, loads nothing and has its texts as text. Imported only where there is something to draw.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby, islice
from math import ceil, isfinite
from typing import Any

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it speaks of its font cache

import matplotlib as mpl  # noqa: E402
from matplotlib.artist import Artist  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402
from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: E402
from matplotlib.typing import RcKeyType  # noqa: E402

from scripts.reports.plots import HIGHEST, Plot, Step  # noqa: E402

# Inches; 72 points each, of which a browser makes 96 pixels.
WIDE, NARROW = (9.0, 2.5), (4.7, 3.0)
INK, QUIET, LINE, BEFORE, LIMIT, HATCH = "#1c2430", "#5b6675", "#0b5cad", "#7b8696", "#c4282d", "#a3acb9"
STYLE: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "release",
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # matplotlib brings it, so all machines lay texts out alike
    "font.size": 9,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "text.color": INK,
    "hatch.color": HATCH,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
}
NO_DATA, TOO_FEW = "////", "\\\\\\\\"
CROSS = {"color": LIMIT, "marker": "X", "markersize": 7, "linestyle": "none"}
MOST_CROSSES = 60
NOTHING = float("nan")
# Of the plot's width: what words need, across and upright.
ROOM_ACROSS, ROOM_UPRIGHT = 0.1, 0.03
# Points.
ROW, HALF_ARROW = 13, 3.5


@lru_cache(maxsize=32)  # a report may be printed and written, too
def draw(plot: Plot, size: tuple[float, float] = WIDE) -> str:
    """The plot as an SVG document; `size` in inches."""
    with warnings.catch_warnings(), mpl.rc_context():
        warnings.simplefilter("ignore")  # letters that its font lacks: the browser's has them
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        figure = Figure(figsize=size, layout="constrained", facecolor="none")
        axes = figure.subplots()
        axes.set_facecolor("none")
        _scale(axes, plot, size)
        _title(axes, plot)
        _unknown(axes, plot)
        _figures(axes, plot)
        _limit(axes, plot)
        _marks(axes, plot)
        if handles := list(_legend(plot)):
            columns = len(handles) if size == WIDE else 2
            figure.legend(handles=handles, loc="outside lower left", ncols=columns, handlelength=1.8, columnspacing=1.6)
        target = io.StringIO()
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(target, format="svg", metadata={**metadata, "Title": plot.name})
    return target.getvalue()


def _scale(axes: Axes, plot: Plot, size: tuple[float, float]) -> None:
    moments = [plot.start, plot.end, *(mark.at for mark in plot.drawn_marks)]
    margin = (max(moments) - min(moments)) * 0.015
    axes.set_xlim(_number(min(moments) - margin), _number(max(moments) + margin))
    values = [value for value in map(_height, plot.steps) if isfinite(value)]
    highest, lowest = max([plot.threshold, *values]), min([0, plot.threshold, *values])
    axes.set_ylim(1.2 * lowest, 1.2 * highest or 1)
    locator = AutoDateLocator(tz=UTC, minticks=4, maxticks=12 if size == WIDE else 6)
    day, clock = "%d %b", "%H:%M"
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(
            locator,
            tz=UTC,
            formats=[day, day, day, clock, clock, clock],
            zero_formats=[day, day, day, day, clock, clock],
            show_offset=False,
        )
    )
    first, last = plot.start, plot.end - timedelta(microseconds=1)
    days = f"{first:%d %B %Y}" if first.date() == last.date() else f"{first:%d %B} to {last:%d %B %Y}"
    axes.set_xlabel(f"time (UTC), {days}, in steps of {plot.length}", color=QUIET)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} {plot.unit}"))
    axes.grid(axis="y", color=QUIET, alpha=0.18, linewidth=0.8)
    axes.set_axisbelow(True)


def _title(axes: Axes, plot: Plot) -> None:
    """What it is on the left, the highest figure on the right, above the rows of the marks."""
    above = 6 + ROW * len(plot.drawn_marks)
    axes.set_title(f"{plot.name} ({plot.unit})", loc="left", fontsize=10, fontweight="bold", pad=above)
    if plot.highest is not None:
        words = f"{'since then ' if plot.before else ''}at most {plot.figure(plot.highest.value)}"
        axes.set_title(words, loc="right", fontsize=9, color=LIMIT if plot.highest.broken else LINE, pad=above)


def _unknown(axes: Axes, plot: Plot) -> None:
    """Hatching with words where there is no figure."""
    left, right = axes.get_xlim()
    for attribute, hatch, words in (("no_data", NO_DATA, "no data"), ("too_few", TOO_FEW, "too few")):
        for run in plot.runs(attribute):
            start, end = _span(run)
            axes.axvspan(start, end, facecolor="none", edgecolor=HATCH, hatch=hatch, linewidth=0)
            share = (end - start) / (right - left)
            if share > ROOM_UPRIGHT:
                axes.text(
                    (start + end) / 2,
                    0.5,
                    words,
                    transform=axes.get_xaxis_transform(),
                    rotation=0 if share > ROOM_ACROSS else 90,
                    ha="center",
                    va="center",
                    bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2},
                    zorder=6,
                )


def _figures(axes: Axes, plot: Plot) -> None:
    """The figures as steps, those before the deployment's end in grey; a cross on each that is not below the limit."""
    edges = [_number(step.start) for step in plot.steps] + [_number(plot.end)]
    number = len(plot.before)
    values = [_height(step) for step in plot.steps]
    before, since = [*values[:number], *[NOTHING] * (len(values) - number)], [*[NOTHING] * number, *values[number:]]
    for drawn, colour in ((before, BEFORE), (since, LINE)):
        axes.stairs(drawn, edges, baseline=None, color=colour, linewidth=1.8, zorder=3)
        axes.stairs(drawn, edges, fill=True, color=colour, alpha=0.12, linewidth=0, zorder=2)
    for run in plot.runs("broken"):
        axes.axvspan(*_span(run), facecolor=LIMIT, alpha=0.13, linewidth=0)
    crosses = [_cross(plot, step) for step in _apart(plot)]
    if crosses:
        axes.plot(*zip(*crosses, strict=True), **CROSS, zorder=4)


def _apart(plot: Plot) -> Iterator[Step]:
    """The broken steps, so far apart that their crosses do not become a bar; of those in a row always the first."""
    every = ceil(len(plot.steps) / MOST_CROSSES)
    for broken, row in groupby(plot.steps, key=lambda step: step.broken):
        if broken:
            yield from islice(row, None, None, every)


def _cross(plot: Plot, step: Step) -> tuple[float, float]:
    height = _height(step)
    return _middle(step), height if isfinite(height) else plot.threshold


def _limit(axes: Axes, plot: Plot) -> None:
    axes.axhline(plot.threshold, color=LIMIT, linestyle="--", linewidth=1.4, zorder=3)
    axes.annotate(
        f"limit\n{plot.figure(plot.threshold)}",
        (1, plot.threshold),
        xycoords=axes.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=LIMIT,
    )


def _marks(axes: Axes, plot: Plot) -> None:
    """A line for each thing that happened, with its words and time above the plot, a row for each."""
    middle = sum(axes.get_xlim()) / 2
    for row, mark in enumerate(reversed(plot.drawn_marks)):
        at = _number(mark.at)
        words, side = f"{mark.what} {plot.clock(mark.at)}", "left" if at < middle else "right"
        axes.axvline(at, color=INK, linewidth=1.6, zorder=5)
        axes.annotate(
            f"▼ {words}" if side == "left" else f"{words} ▼",
            (at, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-HALF_ARROW if side == "left" else HALF_ARROW, 3 + ROW * row),
            textcoords="offset points",
            ha=side,
            va="bottom",
        )


def _legend(plot: Plot) -> Iterator[Artist]:
    if plot.before:
        yield Line2D([], [], color=BEFORE, linewidth=1.8, label="before")
        yield Line2D([], [], color=LINE, linewidth=1.8, label="since the deployment")
    if any(step.broken for step in plot.steps):
        yield Line2D([], [], **CROSS, label="not below the limit")
    for attribute, hatch, label in (("no_data", NO_DATA, "no data"), ("too_few", TOO_FEW, plot.too_few)):
        if any(getattr(step, attribute) for step in plot.steps):
            yield Patch(facecolor="none", edgecolor=HATCH, hatch=hatch, label=label)


def _height(step: Step) -> float:
    """Where its figure is drawn; NaN where there is none that could be."""
    if step.value is None or not isfinite(step.value):
        return NOTHING
    return max(-HIGHEST, min(step.value, HIGHEST))


def _number(moment: datetime) -> float:
    return float(date2num(moment))


def _span(step: Step) -> tuple[float, float]:
    return _number(step.start), _number(step.end)


def _middle(step: Step) -> float:
    return sum(_span(step)) / 2
