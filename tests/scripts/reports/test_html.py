"""HTML: well-formed, complete in itself, and safe whatever AWS says."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from scripts.reports import Format
from scripts.reports.html_report import MOST_EVIDENCE
from scripts.reports.plots_drawn import draw
from scripts.results import Result, Status
from tests.scripts.reports.measured import BAD, MISSING, evidence, measured
from tests.scripts.reports.measured import GOOD as PLAIN
from tests.scripts.reports.sample import BROKEN, EVERY, GOOD, LINK, UNSEEN, rendered, result

VOID = {"meta", "link", "source", "img"}
MEASURED = measured([PLAIN, BAD, MISSING], Status.FAIL)


class Page(HTMLParser):
    """The page's elements and text; an element that is not closed is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def having(self, attribute: str) -> list[str]:
        return [
            value or "" for _, attributes in self.elements for name, value in attributes.items() if name == attribute
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(*results: Result, stack: str | None = "prod") -> Page:
    return Page(rendered(Format.HTML, *results, stack=stack))


@pytest.mark.parametrize("results", [(), (GOOD,), EVERY, (MEASURED, GOOD)])
def test_nothing_is_loaded_from_elsewhere(results: tuple[Result, ...]) -> None:
    found = page(*results)
    assert not {"script", "iframe", "object"} & {tag for tag, _ in found.elements}
    addresses = [*found.having("src"), *found.having("srcset")]
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    assert bool(addresses) == (MEASURED in results)
    assert [attributes["href"] for tag, attributes in found.elements if tag == "link"] == ["data:,"]
    assert not re.search(r"@import|url\(", rendered(Format.HTML, *results))


def test_the_verdict_is_at_the_top_and_in_the_title() -> None:
    text = rendered(Format.HTML, *EVERY)
    assert "<title>FAIL: release verify prod</title>" in text
    assert text.index("<h1>FAIL</h1>") < text.index("What to do first") < text.index("<h2>Checks</h2>")


def test_what_to_do_has_the_worst_first() -> None:
    targets = [href for href in page(UNSEEN, BROKEN).having("href") if href.startswith("#")]
    assert targets == ["#broken", "#unseen"]


def test_a_link_leads_to_each_check_that_is_wrong() -> None:
    found = page(*EVERY)
    targets = {href.removeprefix("#") for href in found.having("href") if href.startswith("#")}
    assert targets == {"broken", "unknown", "unseen"} < set(found.having("id"))


def test_every_check_says_what_was_observed_expected_and_to_do() -> None:
    found = page(UNSEEN)
    for words in ("observed", "As it is.\nIn detail.", "expected", "As it should be", "fix", "unseen"):
        assert words in found.text


def test_evidence_is_folded_and_times_in_it_are_utc() -> None:
    found = page(BROKEN)
    assert "details" in {tag for tag, _ in found.elements}
    assert '"since": "2026-03-10T01:20:00Z"' in found.text
    assert "details" not in {tag for tag, _ in page(GOOD).elements}


def test_evidence_that_is_very_long_is_shortened_and_said_so() -> None:
    text = rendered(Format.HTML, result("log", Status.FAIL, lines=["x" * 99] * 9999))
    assert len(text) < 2 * MOST_EVIDENCE
    assert "… shortened: `--output json=FILE` has all of it." in text


@pytest.mark.slow
class TestPlots:
    def test_each_measured_figure_has_one_above_the_checks_and_a_link_to_its_own(self) -> None:
        text = rendered(Format.HTML, GOOD, MEASURED)
        assert text.count("<picture>") == text.count("<figure>") == 1
        assert text.index("What to do first") < text.index("<h2>Measured</h2>") < text.index("<h2>Checks</h2>")
        assert '<a href="#error-rate">The error-rate</a>' in text
        assert "Measured" not in rendered(Format.HTML, *EVERY)

    def test_what_it_shows_stands_in_words_and_figures_beside_it(self) -> None:
        found = page(MEASURED)
        (words,) = found.having("alt")
        for part in ("Deployment ended", "Limit: below 5 %", "Not below the limit: 01:12 to 01:17", "No data: 01:17"):
            assert part in words
        cells = [text for text in found.texts if text.strip()]
        first = cells.index("2026-03-10 01:12")
        assert cells[first : first + 5] == ["2026-03-10 01:12", "01:17", "9 %", "100", "not below 5 %"]
        assert cells[first + 5 : first + 9] == ["2026-03-10 01:17", "01:22", "0", "no data"]

    def test_a_narrow_screen_gets_an_image_of_its_own(self) -> None:
        found = page(MEASURED)
        assert found.having("media") == ["(max-width: 40rem)"]
        assert found.having("srcset") != found.having("src")

    def test_the_same_report_gives_the_same_bytes(self) -> None:
        first = rendered(Format.HTML, MEASURED)
        draw.cache_clear()
        assert rendered(Format.HTML, MEASURED) == first

    def test_a_plot_that_cannot_be_drawn_is_said_in_words_and_costs_nothing_else(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(*_: object) -> str:
            raise ValueError("no such font")

        monkeypatch.setattr("scripts.reports.plots_drawn.draw", fails)
        found = page(MEASURED)
        assert "It could not be drawn. Share of 5xx in %, 2026-03-10 01:07 UTC" in found.text
        assert "not below 5 %" in found.text
        assert not found.having("src")
        assert "plot: internal error: ValueError: no such font" in capsys.readouterr().err

    def test_what_a_check_does_not_judge_is_said(self) -> None:
        shown = result("dashboard-data", Status.PASS, figures={"cpu": evidence([BAD], judged=False)})
        assert "Shown, not judged" in page(shown).text
        text = rendered(Format.HTML, shown)
        assert "PASS" not in text[text.index("<h2>Measured</h2>") : text.index("<picture>")]
        assert "Shown, not judged" not in page(MEASURED).text

    def test_text_of_others_is_no_markup_in_it(self) -> None:
        name = '"><script>alert("x")</script>'
        found = page(measured([PLAIN], what=name, unit=name, samples_are=name, minimum_samples=1))
        assert "script" not in {tag for tag, _ in found.elements}
        assert name in found.having("alt")[0]

    def test_ten_thousand_windows_do_not_make_a_page_that_nobody_can_mail(self) -> None:
        week = measured([PLAIN, BAD] * 5000, step=timedelta(minutes=1))
        assert len(rendered(Format.HTML, week)) < 300_000


def test_text_of_others_is_no_markup() -> None:
    found = page(result("log", Status.FAIL, '<script>alert("x")</script>', said="</pre><script>"))
    assert "script" not in {tag for tag, _ in found.elements}
    assert '<script>alert("x")</script>' in found.text


def test_a_link_can_be_followed_without_the_full_stop_behind_it() -> None:
    assert page(BROKEN).having("href").count(LINK) == 2
    assert not page(result("log", Status.FAIL, 'javascript:alert(1) https://"onclick="x')).having("onclick")


def test_no_checks_is_said() -> None:
    assert "No check was made." in page().text
    assert "INCONCLUSIVE" in page().text
