"""AWS's answers cut into pages at any place, empty pages among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.scripts.fake_aws import Params

T = TypeVar("T")
Draw = st.DrawFn
Points = Mapping[datetime, float]


@st.composite
def cut(draw: Draw, items: Sequence[T], most: int = 5) -> list[list[T]]:
    """The items in their order, on one page or several."""
    places = sorted(draw(st.lists(st.integers(0, len(items)), max_size=most - 1)))
    return [list(items[begin:end]) for begin, end in zip([0, *places], [*places, len(items)], strict=True)]


@st.composite
def shuffled(draw: Draw, items: Sequence[T], most: int = 5) -> list[list[T]]:
    """The items in any order, on one page or several."""
    return draw(cut(draw(st.permutations(list(items))), most))


@st.composite
def metric_pages(draw: Draw, series: Mapping[str, Points], most: int = 4) -> list[Params]:
    """GetMetricData's pages: PartialData says that more of a series follows, only its last word is Complete."""
    number = draw(st.integers(1, most))
    pages: list[Params] = [{"MetricDataResults": []} for _ in range(number)]
    for name, points in series.items():
        parts = draw(shuffled(list(points.items()), number))
        first = draw(st.integers(0, number - len(parts)))
        for place, part in enumerate(parts, start=first):
            last = place == first + len(parts) - 1
            pages[place]["MetricDataResults"].append(result(name, dict(part), "Complete" if last else "PartialData"))
    return pages


def result(name: str, points: Points, status: str) -> dict[str, Any]:
    """One series' part of a page."""
    return {"Id": name, "Timestamps": list(points), "Values": list(points.values()), "StatusCode": status}
