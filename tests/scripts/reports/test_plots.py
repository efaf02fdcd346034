"""Plots: what was measured, its limit, the deployment; what is not known is neither joined up nor left out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.observe.figures import Sample
from scripts.reports.plots import MOST_STEPS, plots_of
from scripts.reports.plots_drawn import LINE, NARROW, WIDE, draw
from scripts.results import Status
from scripts.text import utc
from tests.scripts.release import at
from tests.scripts.reports.measured import BAD, DEPLOYED, FEW, GOOD, MISSING, NEXT, evidence, measured, plot
from tests.scripts.reports.sample import result

SVG = "{http://www.w3.org/2000/svg}"
WEEK = 7 * 24 * 60
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def texts(svg: str) -> list[str]:
    """The image's texts, a line each."""
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - of our own making


def lines(svg: str, colour: str) -> list[str]:
    """The outlines drawn in that colour."""
    return re.findall(rf'<path d="([^"]*)"[^>]*style="fill: none; stroke: {colour}; stroke-width: 1.8', svg)


class TestWhatIsPlotted:
    def test_figures_with_a_limit_wherever_they_are_in_evidence(self) -> None:
        inner = evidence([GOOD, GOOD])
        inside = result("soak", Status.PASS, hours=2, indicators={"cpu": inner, "error-rate": inner}, rest=[1, "x"])
        assert [one.name for one in plots_of(inside)] == ["Share of 5xx", "Share of 5xx"]
        assert plots_of(result("endpoint", Status.PASS, url="http://example", hops=[])) == []

    def test_evidence_around_them_says_when_the_deployment_ended(self) -> None:
        inner = {key: value for key, value in evidence([GOOD] * 12).items() if key not in ("deployed", "what")}
        (found,) = plots_of(result("soak", Status.PASS, deployed=DEPLOYED, indicators={"error-rate": inner}))
        assert (found.name, found.deployed) == ("error-rate", DEPLOYED)

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"windows": []},
            {"windows": None},
            {"windows": [{"start": "yesterday", "end": "today", "value": 1}]},
            {"windows": [{"start": "2026-03-10T00:00:00", "end": "2026-03-10T01:00:00", "value": 1}]},
            {"windows": [{"start": utc(at(5)), "end": utc(at(5)), "value": 1}]},
            {"windows": [{"start": utc(at(5)), "end": utc(at(9)), "value": 1}] * 2},
            {"windows": [{"start": utc(at(5)), "end": utc(at(9)), "value": "high"}]},
            {"windows": [{"start": utc(at(5)), "end": utc(at(9))}]},
            {"threshold": None},
            {"threshold": float("nan")},
            {"threshold": 1e300},
            {"windows": [{"start": "0001-01-01T00:00:00Z", "end": "0001-01-01T01:00:00Z", "value": 1}]},
            {"deployed": "soon"},
        ],
    )
    def test_evidence_of_another_form_is_left_to_the_text(self, spoilt: dict[str, Any]) -> None:
        assert plots_of(measured([GOOD], **spoilt)) == []

    def test_time_between_two_windows_is_without_data(self) -> None:
        windows = evidence([GOOD] * 12)["windows"]
        found = plot([GOOD], windows=[windows[5], windows[0]])
        assert [(one.start, one.no_data) for one in found.steps] == [(at(7), False), (at(12), True), (at(32), False)]

    @pytest.mark.parametrize(("value", "broken"), [(4.99, False), (5.0, True), (float("nan"), True), (None, False)])
    def test_what_is_not_below_the_limit_is_marked(self, value: float | None, broken: bool) -> None:
        (step,) = plot([GOOD], windows=[{"start": utc(at(7)), "end": utc(at(12)), "value": value}]).steps
        assert step.broken is broken


class TestInWords:
    def test_all_that_is_drawn_is_said(self) -> None:
        found = plot([GOOD, BAD, BAD, GOOD, MISSING, FEW, *[GOOD] * 6], next_deployment=utc(NEXT))
        assert found.words() == (
            "Share of 5xx in %, 2026-03-10 01:07 UTC to 2026-03-10 02:07 UTC. "
            "Deployment ended 2026-03-10 01:07 UTC. Next deployment began 2026-03-10 01:47 UTC. "
            "Limit: below 5 %. Highest: 9 %. Not below the limit: 01:12 to 01:22 (UTC). No data: 01:27 to 01:32 (UTC). "
            "No figure, fewer than 20 requests: 01:32 to 01:37 (UTC)."
        )

    def test_no_figure_at_all_is_said(self) -> None:
        assert "No figure is known. No data: 01:07 to 01:17 (UTC)." in plot([MISSING] * 2).words()

    def test_many_gaps_are_counted(self) -> None:
        assert "02:07 to 02:12, 02:17 to 02:22 and 4 more (UTC)." in plot([MISSING, GOOD] * 12).words()

    def test_the_highest_figure_is_that_since_the_deployment(self) -> None:
        found = plot([BAD, GOOD, GOOD], deployed=utc(at(13)))
        assert "Highest since the deployment: 1 %." in found.words()
        assert "Not below the limit: 01:07 to 01:12 (UTC)." in found.words()

    def test_a_deployment_long_before_is_said_below_the_plot(self) -> None:
        found = plot([GOOD] * 12, deployed="2026-03-07T10:00:00Z")
        assert (found.caption(), found.deployed) == ("Deployment ended 2026-03-07 10:00 UTC.", None)

    def test_a_day_is_named_where_there_is_more_than_one(self) -> None:
        assert (
            "No data: 10 Mar 22:07 to 11 Mar 01:07 (UTC)."
            in plot([GOOD] * 7 + [MISSING], step=timedelta(hours=3)).words()
        )

    @pytest.mark.parametrize(("minutes", "length"), [(1, "1 min"), (5, "5 min"), (60, "1 h"), (90, "1 h 30 min")])
    def test_the_length_of_a_step_is_round(self, minutes: int, length: str) -> None:
        assert plot([GOOD] * 3, step=timedelta(minutes=minutes)).length == length


@pytest.mark.slow
class TestManyWindows:
    def test_neighbours_are_put_together_with_the_worst_of_each(self) -> None:
        samples = [GOOD] * WEEK
        samples[5000] = BAD
        found = plot(samples, step=timedelta(minutes=1))
        assert len(found.steps) <= MOST_STEPS
        assert [(one.value, one.broken) for one in found.steps if one.value != 1] == [(9, True)]
        assert f"Each step is the highest of {found.together} windows." in found.caption()

    def test_one_window_without_data_marks_its_step(self) -> None:
        samples = [GOOD] * WEEK
        samples[5000] = MISSING
        found = plot(samples, step=timedelta(minutes=1))
        assert [(one.value, one.no_data) for one in found.steps if one.no_data] == [(1, True)]

    @SIZES
    def test_the_image_stays_small(self, size: tuple[float, float]) -> None:
        worst = [GOOD, MISSING, BAD, FEW] * (WEEK // 4)
        assert len(draw(plot(worst, step=timedelta(minutes=1)), size)) < 100_000
        assert len(draw(plot([GOOD, MISSING, BAD, FEW] * 50), size)) < 150_000


@pytest.mark.slow
class TestDrawn:
    @SIZES
    def test_limit_deployment_units_and_time_zone_stand_in_the_image(self, size: tuple[float, float]) -> None:
        found = texts(draw(plot([GOOD] * 12, next_deployment=utc(NEXT)), size))
        for words in ("Share of 5xx (%)", "limit", "5 %", "▼ deployment ended 01:07", "next deployment began 01:47 ▼"):
            assert words in found
        assert "time (UTC), 10 March 2026, in steps of 5 min" in found
        assert "01:30" in found

    @SIZES
    def test_what_is_missing_or_broken_is_told_by_words_and_signs(self, size: tuple[float, float]) -> None:
        svg = draw(plot([GOOD, BAD, *[MISSING] * 3, *[FEW] * 3]), size)
        assert {"no data", "too few", "fewer than 20 requests", "not below the limit"} <= set(texts(svg))
        assert (svg.count("<pattern "), svg.count("fill: url(#")) == (2, 4)  # each in the plot and in its legend
        good = draw(plot([GOOD] * 8), size)
        assert not {"no data", "not below the limit"} & set(texts(good))
        assert "<pattern " not in good

    def test_every_row_of_broken_windows_has_a_cross_and_a_long_one_is_no_bar_of_them(self) -> None:
        def crosses(svg: str) -> int:
            return svg.count("#c4282d") - draw(plot([GOOD] * 200)).count("#c4282d")

        one = crosses(draw(plot([GOOD] * 199 + [BAD])))
        three = crosses(draw(plot([GOOD, BAD] * 2 + [GOOD] * 195 + [BAD])))
        many = crosses(draw(plot([BAD] * 200)))
        assert one < three < many < one + 100

    def test_no_line_is_drawn_through_what_is_missing(self) -> None:
        (whole,) = lines(draw(plot([GOOD] * 8)), LINE)
        (broken,) = lines(draw(plot([GOOD] * 3 + [MISSING, FEW] + [GOOD] * 3)), LINE)
        assert (whole.count("M"), broken.count("M")) == (1, 2)

    def test_before_and_since_the_deployment_are_told_apart(self) -> None:
        found = texts(draw(plot([GOOD] * 8, deployed=utc(at(27)))))
        assert {"before", "since the deployment", "since then at most 1 %"} <= set(found)

    def test_the_same_plot_gives_the_same_bytes_whatever_matplotlib_is_told(self) -> None:
        found = plot([GOOD, BAD, MISSING])
        first = draw(found)
        draw.cache_clear()
        with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.linewidth": 9}):
            assert draw(found) == first
        assert not re.search(r"\d{4}-\d\d-\d\dT|matplotlib v|Matplotlib", first)

    def test_nothing_is_loaded_and_nothing_runs(self) -> None:
        image = ElementTree.fromstring(draw(plot([GOOD, BAD, MISSING, FEW])))  # noqa: S314 - of our own making
        assert not {"script", "image", "foreignObject", "a"} & {one.tag.removeprefix(SVG) for one in image.iter()}
        for one in image.iter():
            for name, value in one.attrib.items():
                assert not name.startswith("on")
                assert "href" not in name or value.startswith("#")
                assert "url(" not in value or "url(#" in value

    @pytest.mark.parametrize(
        "name", ['<script>alert("x")</script>', "$x^{", "]]>&amp;", "\x00\x1b[31m\ud800", "網站 🚀"]
    )
    def test_text_of_others_is_text(self, name: str) -> None:
        svg = draw(plot([GOOD], what=name, unit=name))
        shown = "".join(letter if letter.isprintable() else " " for letter in name)
        assert f"{shown} ({shown})" in texts(svg)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -3.0, 0.0, 1.7e308, -1.7e308, 5e-324])
    def test_odd_figures_are_drawn(self, value: float) -> None:
        window = {"start": utc(at(7)), "end": utc(at(12)), "value": value, "samples": 1}
        ElementTree.fromstring(draw(plot([GOOD], windows=[window])))  # noqa: S314 - of our own making

    @settings(max_examples=25)
    @given(
        samples=st.lists(st.builds(Sample, st.floats(), st.floats(0, 1e6)), min_size=1, max_size=7),
        step=st.sampled_from([1, 5, 60, 24 * 60]),
        deployed=st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 31)),
        threshold=st.floats(-1e12, 1e12),
    )
    def test_whatever_was_measured_can_be_drawn(
        self, samples: list[Sample], step: int, deployed: datetime, threshold: float
    ) -> None:
        found = plot(
            samples, step=timedelta(minutes=step), deployed=f"{deployed:%Y-%m-%dT%H:%M:%SZ}", threshold=threshold
        )
        ElementTree.fromstring(draw(found))  # noqa: S314 - of our own making
