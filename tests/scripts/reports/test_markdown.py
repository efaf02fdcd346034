"""Markdown: what GitHub shows is what was observed."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scripts.reports import Format
from scripts.reports.markup import markdown
from scripts.results import Status
from scripts.text import printable
from tests.scripts.reports.sample import BROKEN, EVERY, GOOD, UNKNOWN, UNSEEN, rendered, result

# Few pieces, so that they meet.
HOSTILE = st.lists(
    st.sampled_from(["`", "``", "a", "<img src=x>", "_", "*", "\\", "|", "[a](http://b)", " "])
    | st.sampled_from(
        ["`", "<", ">", "&lt;", "~~", "!", "\n", "\x85", "\x1b", "- ", "é", "[", "]", "(", ")", "http://"]
    ),
    min_size=4,
    max_size=16,
).map("".join)


def html(text: str) -> str:
    """As a reader sees it where HTML may stand in Markdown."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)


def tags(page: str) -> list[str]:
    """Of its elements, in their order."""
    return re.findall(r"<(/?[a-z0-9]+)[^>]*>", page)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_the_verdict_is_the_first_line() -> None:
    assert rendered(Format.MARKDOWN, *EVERY).startswith("### ❌ FAIL: release verify prod\n")
    assert rendered(Format.MARKDOWN, GOOD, stack=None).startswith("### ✅ PASS: release verify\n")


def test_one_row_a_check_with_the_headline_only() -> None:
    found = rows(rendered(Format.MARKDOWN, *EVERY))[1:]
    assert len(found) == len(EVERY)
    assert found[0] == "| ✅ PASS | 4.2 | `good` | As it is. |"


def test_text_of_others_is_shown_as_it_is() -> None:
    *_, row = rows(rendered(Format.MARKDOWN, BROKEN))
    assert row == "| ❌ FAIL | 4.2 | `broken` | 1 \\| 2 &lt;b>\\*failed\\*&lt;/b> |"


def test_code_stays_code() -> None:
    text = rendered(Format.MARKDOWN, result("broken", Status.FAIL, "Run `a | b * c`."))
    assert "| Run `a \\| b * c`. |" in text
    assert "- observed: Run `a | b * c`.\n" in text


@settings(max_examples=300)
@given(HOSTILE)
def test_text_of_others_makes_no_element_of_its_own(text: str) -> None:
    plain = rendered(Format.MARKDOWN, result("broken", Status.FAIL, "plain"))
    hostile = rendered(Format.MARKDOWN, result("broken", Status.FAIL, text))
    ours = ("br", "code", "/code")
    assert [tag for tag in tags(html(hostile)) if tag not in ours] == [
        tag for tag in tags(html(plain)) if tag not in ours
    ]


@settings(max_examples=300)
@given(HOSTILE)
def test_what_is_read_is_what_was_said(text: str) -> None:
    said = "".join(printable(text).replace("`", "").split())
    page = html(f"- observed: {markdown(text)}")
    read = unescape(re.sub(r"</?[a-z]+>", "", page)).replace("`", "")
    assert "".join(read.split()) == f"observed:{said}"


@pytest.mark.parametrize(
    "text",
    [
        "``a``<img src=https://evil.example/x.png>` ``[a](http://evil.example)",
        "a ` b\n<img src=x> ` c",
        r"`a\`<img src=x>`",
        "_emphasis_ **strong** ~~gone~~",
    ],
)
def test_hostile_text_makes_no_image_no_link_and_no_emphasis(text: str) -> None:
    assert set(tags(html(markdown(text)))) <= {"p", "/p", "br", "code", "/code"}


def test_underscores_in_awss_words_stay_readable() -> None:
    assert markdown("UPDATE_ROLLBACK_COMPLETE") == "UPDATE_ROLLBACK_COMPLETE"


def test_a_bar_after_a_backslash_ends_no_cell() -> None:
    text = rendered(Format.MARKDOWN, result("broken", Status.FAIL, r"grep `a\|b` | c"))
    assert r"| grep \`a\\\|b\` \| c |" in text
    assert r"- observed: grep `a\|b` | c" in text


def test_controls_and_turned_text_are_shown() -> None:
    text = rendered(Format.MARKDOWN, result("broken", Status.FAIL, "\x1b[2K \u202eLIAF"))
    assert not set(text) & set("\x1b\u202e")


def test_what_to_do_has_the_worst_first_and_one_cause_once() -> None:
    alike = replace(UNSEEN, id="unseen-too", observed="Another call.", expected="Something else")
    _, _, steps = rendered(Format.MARKDOWN, UNSEEN, alike, BROKEN).partition("**What to do**")
    assert steps.index("1. **`broken`**") < steps.index("2. **`unseen`, `unseen-too`**")
    assert "- observed: As it is.<br>In detail.<br>Another call.\n" in steps


def test_checks_with_one_cause_say_what_each_of_them_expected() -> None:
    alike = replace(UNKNOWN, id="unknown-too", expected="Something else")
    assert "- expected: As it should be<br>Something else\n" in rendered(Format.MARKDOWN, UNKNOWN, alike)


def test_what_could_not_be_looked_at_has_no_expectation_to_compare_with() -> None:
    assert "- expected:" not in rendered(Format.MARKDOWN, UNSEEN)


def test_a_good_report_has_nothing_to_do() -> None:
    assert "What to do" not in rendered(Format.MARKDOWN, GOOD)


def test_no_checks_is_no_pass() -> None:
    text = rendered(Format.MARKDOWN)
    assert text.startswith("### ❔ INCONCLUSIVE")
    assert "no checks" in text
