"""Markdown: what GitHub shows is what was observed."""

from __future__ import annotations

from dataclasses import replace

from scripts.reports import Format
from scripts.results import Status
from tests.scripts.reports.sample import BROKEN, EVERY, GOOD, UNKNOWN, UNSEEN, rendered, result


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
