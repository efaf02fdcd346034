"""A plot as part of an HTML page: two images of one plot, the page shows the one that fits; and its figures as a table.

The images are `data:` addresses: nothing is loaded, and no name inside one meets a name inside another.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape

from scripts.bugs import report_bug
from scripts.reports.plots import Plot, Step

NARROW_SCREEN = "(max-width: 40rem)"


def figure(plot: Plot) -> Iterator[str]:
    """The plot, how to read it, and its figures; to stand in a page's <figure>."""
    try:
        from scripts.reports.plots_drawn import NARROW, WIDE, draw  # takes half a second to import

        narrow, wide = _address(draw(plot, NARROW)), _address(draw(plot, WIDE))
    except Exception as problem:  # a picture that fails must not cost the report
        report_bug(problem, "plot")
        yield f"<p>It could not be drawn. {escape(plot.words())}</p>"
    else:
        yield "<picture>"
        yield f'<source media="{NARROW_SCREEN}" srcset="{narrow}">'
        yield f'<img src="{wide}" alt="{escape(plot.words())}">'
        yield "</picture>"
    if caption := plot.caption():
        yield f"<p>{escape(caption)}</p>"
    yield from _table(plot)


def _address(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _table(plot: Plot) -> Iterator[str]:
    with_samples = any(step.samples is not None for step in plot.steps)
    head = ["from (UTC)", "to", plot.name, *([plot.samples] if with_samples else []), ""]
    yield "<details><summary>Figures</summary>"
    yield '<div class="scrolled"><table>'
    yield f"<tr>{''.join(f'<th>{escape(text)}</th>' for text in head)}</tr>"
    for step in plot.steps:
        cells = [
            f"{step.start:%Y-%m-%d %H:%M}",
            f"{step.end:%H:%M}",
            plot.figure(step.value),
            *([f"{step.samples or 0:g}"] if with_samples else []),
            "; ".join(_remarks(plot, step)),
        ]
        yield f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in cells)}</tr>"
    yield "</table></div></details>"


def _remarks(plot: Plot, step: Step) -> Iterator[str]:
    if step.broken:
        yield f"not below {plot.figure(plot.threshold)}"
    if step.no_data:
        yield "no data" if step.value is None else "no data in part"
    if step.too_few:
        yield plot.too_few if step.value is None else f"{plot.too_few} in part"
