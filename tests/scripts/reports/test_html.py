"""HTML: well-formed, complete in itself, and safe whatever AWS says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from scripts.reports import Format
from scripts.results import Result, Status
from tests.scripts.reports.sample import BROKEN, EVERY, GOOD, LINK, UNSEEN, rendered, result

VOID = {"meta", "link"}


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


@pytest.mark.parametrize("results", [(), (GOOD,), EVERY])
def test_nothing_is_loaded_from_elsewhere(results: tuple[Result, ...]) -> None:
    found = page(*results)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in found.elements}
    assert not found.having("src")
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
