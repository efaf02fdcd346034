"""JUnit: CI servers draw it right, and nothing that is not proven looks green."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from scripts.reports import Format
from scripts.results import Result, Status
from tests.scripts.reports.sample import EVERY, GOOD, LEFT_OUT, UNKNOWN, rendered, result


def suites(*results: Result) -> Element:
    return fromstring(rendered(Format.JUNIT, *results).encode())  # noqa: S314 - it is our own


def kinds(suite: Element) -> dict[str | None, list[str]]:
    return {case.get("name"): [part.tag for part in case] for case in suite.iter("testcase")}


def test_one_case_a_check_each_with_its_kind() -> None:
    assert kinds(suites(*EVERY)) == {
        "good": ["system-out"],
        "broken": ["failure"],
        "unknown": ["error"],
        "unseen": ["error"],
        "left-out": ["skipped"],
    }


def test_the_counts_are_those_of_the_cases() -> None:
    root = suites(*EVERY)
    for element in (root, root[0]):
        assert [element.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "2", "1"]


def test_each_case_says_how_long_it_took() -> None:
    (case,) = suites(replace(GOOD, seconds=1.23456)).iter("testcase")
    assert case.get("time") == "1.235"


def test_a_failure_says_what_was_seen_expected_and_to_do() -> None:
    (case,) = suites(result("broken", Status.FAIL, "Down.\nFor 3 min.")).iter("testcase")
    assert case[0].get("message") == "Down."
    assert case[0].text == "observed: Down.\nFor 3 min.\nexpected: As it should be\nfix: Mend `broken`."


def test_the_run_is_in_the_properties() -> None:
    properties = {one.get("name"): one.get("value") for one in suites(GOOD, UNKNOWN).iter("property")}
    assert properties["verdict"] == "INCONCLUSIVE"
    assert properties["stack"] == "prod"


@pytest.mark.parametrize("results", [(), (LEFT_OUT,)])
def test_no_answer_at_all_is_no_green_suite(results: tuple[Result, ...]) -> None:
    assert kinds(suites(*results))["verdict"] == ["error"]


def test_a_good_suite_has_no_case_but_its_checks() -> None:
    assert kinds(suites(GOOD)) == {"good": ["system-out"]}


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    (case,) = suites(result("log", Status.FAIL, "\x1b[31mred\x00 ✓\ud800")).iter("testcase")
    assert case[0].get("message") == "\ufffd[31mred\ufffd ✓\ufffd"
